"""``polite_turn`` (转折): a limit is stated and, in the same turn, followed by an offer of help.

    covered: 【这是规定】，不过我帮您问问能不能通融；【不归我们管】，我给您转过去；今天【没办法】，明天师傅上门
    not:     【这是规定】，我帮不了您；【没办法】，我给您说了多少遍了；【这是规定】，您可以去投诉；【听不懂】吧，我登记

Only a limit can be turned (规定 没办法 不归 办不了 ...); an insult stays one, whatever is offered after it. An offer
that is taken back at once (也没用, 行了吧) or that sends the caller away is none.
"""

from __future__ import annotations

import re

from qa_pipeline.features import Passage
from qa_pipeline.records import Role
from qa_pipeline.rules.guards.words import has, words

AHEAD = 45
"""How many characters after the match an offer may begin."""

_LIMIT = words(
    "规定 制度 政策 流程 办法 没法 法子 没辙 无法 只能 不归 不是我们 没关系 不予 不支持 不符合 做不了主",
    "不了 不能 不行 不可以 不到 没有 没货 满了 改不 不清楚 不知道",
)
_BLAME = words("自己 谁让 随便 别问 听不 你的 爱找 别人 怎么不 不懂 有本事 看清")

_OFFER = re.compile(
    # 我(八点一上班就)给您(回过去)，这边帮您查
    r"(?:我们?|这边|咱们?|已经|马上|这就|可以|先)[^我您你不没无谁怎]{0,10}?[帮给替为向][您你他](?!们?领导|谁|说|讲|念|解释|保证|磕|挂|变|唱|倒)"
    r"|我们?[^我您你不没无谁怎]{0,6}?(?:把[您你](?:的|家)|派(?:单|人|车|师傅)|让[^我您你]{1,8}[给跟][您你]|转[到给过](?!谁|哪)|报[给上](?!谁)|来走|来办|来处理|去跟|去找|去问|去协调)"
    r"|我们?(?:马上|这就|来|现在就?|先|会)(?:去)?(?:申请|登记|转|查|问|反映|联系|记|核|催|报|安排|处理|协调|请示|盯|跟进)"
    r"|我记下|我(?:帮|替)(?:忙)?(?:转|查|问|联系)|我尽力[给帮去协]|一起想|我教[您你]|[您你]记一下|我们?[^我您你不没]{0,3}(?:上门|去看)"
    # 您带身份证到网点就能办，可以走申诉，微信和银行卡都行
    r"|[您你](?:可以|也可以|不妨|先|带|凭|到|拨打|看看)(?:先|再|也)?"
    r"(?:拨打|带|到|去|在|通过|用|拿|联系|申请|考虑|选|开通|走|报警|身份证|打|拍|看(?!看?[您你])|另外|缴|传|上传)"
    r"|[您你](?:带身份证|早上|拍一张)|可以(?:走|原路|延|代办|上门|到|带|用|拿|先|申请)|建议[您你](?:走|到|先|带|联系|申请|通过)"
    r"|需要[您你]提供|麻烦[您你](?:把|报|提供|发)|缺的是|安排了|派(?:师傅|人|车)|师傅[\u4e00-\u9fff]{0,3}上门"
    r"|[辛麻][苦烦][您你]|怕[您你]白跑|提前跟|[去到][您你]家|号码给[您你]|(?:也|都|就|还|但|不过)(?:能|可以)(?![不没])|[也都]行|能[退用办换改][^不吗]"
    # 但我们会先架围挡，明早七点师傅就过去，二月份会再放一批
    r"|(?:但是?|不过|可是?)我们?(?:会|可以|能|先|愿意|去|来)|[点天号月早午份](?:[^不没]{0,4})(?:就过去|就到|过去|上门|会再|再放|通知|顺道)"
    r"|第一个通知|留了|我[^我您你不没无谁]{0,3}(?:催|盯)|[您你]看(?:可以|行|好不|好吗|这样)|[您你]哪个方便"
)
"""What is promised to be done for the caller, or what the caller can do to get there."""
_NO_OFFER = re.compile(
    r"[帮给替为].{0,2}(?:不了|不上)|没用|(?<!怕您)白[问跑查]|也是(?:这个|违规|一样)|多少遍|好几[回遍]|行了吧|还不行|谁[帮给替]我|谁都没"
    r"|[您你](?:查|问|看|找|试)[过了](?!一下|以后|之后|就|再)|人家不|没有就是|又不是|神仙|体谅|很忙|说理|怎么办|媒体|丑话|墙上|说不着|给了别人|我就得|是情分|哪儿去|给谁|转谁|别为难|下班了"
    r"|投诉|去告|市长|北京|不满意|不办|不信|自己|多穿|多盖|别再|理解一下|试试看呗|换[家个]|挂了|可以.{1,8}[啊嘛呗](?!我)"
)
"""An offer in which nothing is offered, or that sends the caller away."""
_AFTER_OFFER = 14
"""How many characters after an offer may take it back."""


def turns_polite(passage: Passage, start: int, end: int) -> bool:
    """Whether ``passage.text[start:end]`` is a limit after which the agent offers help."""
    text, said = passage.text, passage.text[start:end]
    if passage.role is Role.CUSTOMER or not has(said, _LIMIT) or has(said, _BLAME):
        return False
    ahead = text[end : end + AHEAD + _AFTER_OFFER]
    return any(not _taken_back(ahead, offer) for offer in _OFFER.finditer(ahead) if offer.start() < AHEAD)


def _taken_back(ahead: str, offer: re.Match[str]) -> bool:
    return bool(_NO_OFFER.search(ahead[max(0, offer.start() - 2) : offer.end() + _AFTER_OFFER]))
