"""Call-recording QA for Chinese public-service hotlines. 公共服务热线录音质检。"""

__version__ = "0.1.0"
