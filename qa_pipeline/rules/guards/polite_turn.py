"""``polite_turn`` (转折): a limit is stated and, in the same turn, followed by an offer of help.

    covered: 【这是规定】，不过我帮您问问能不能通融；【不归我们管】，我给您转过去；今天【没办法】，明天师傅上门
    not:     【这是规定】，我帮不了您；【没办法】，我给您说了多少遍了；【这是规定】，您可以去投诉；【听不懂】吧，我登记

Only a limit can be turned (规定 没办法 不归 办不了 ...); an insult stays one, whatever is offered after it. An offer
that is taken back at once (也没用, 行了吧) or that sends the caller away is none.
"""

from __future__ import annotations

import re

from qa_pipeline.rules.guards.words import has, words

AHEAD = 45
"""How many characters after the match an offer may begin."""

_LIMIT = words(
    "规定 制度 政策 流程 办法 没法 法子 没辙 无法 只能 不归 不是我们 没关系 不予 不支持 不符合 做不了主",
    "不了 不能 不行 不可以 不到 没有 满了 改不 不清楚 不知道",
)
_BLAME = words("自己 谁让 随便 别问 听不 你的 爱找 别人 怎么不 不懂 有本事 看清")

_DEED = (
    r"(?:申请|登记|转|查|问|反映|联系|记|核[实对减]|催|报|安排|处理|办理?|争取|说明|协调|想|看看|约|预约|提|发|打[个报电]|教|请示|派|备注|延|放|留"
    r"|减免|通知|回[电您]|改|上报|开|送|找|盯|跟进|一起|个电话|您?[一两]个办法)"
)
_SOON = (
    r"(?:这边|现在|马上|先|再|可以|会|来|去|也|都|尽量|尽力|一定|还是|这就|就|能|愿意"
    r"|另外|直接|同时|已经|今天|明天|打电话){0,3}"
)
_OFFER = re.compile(
    rf"(?:我们?|这边|咱们?){_SOON}(?:帮|给|替|为|跟|向|把)[\u4e00-\u9fff]{{0,6}}?{_DEED}"
    rf"|(?:已经|马上|这就|可以|先)(?:帮|给|替)(?:您|你)[\u4e00-\u9fff]{{0,4}}?{_DEED}"
    rf"|我们?(?:马上|这就|来|现在就?|先|会)(?:去)?{_DEED}|我记下"
    r"|[您你](?:可以|也可以|不妨|先|带|凭|到|拨打|看看)(?:先|再|也)?(?:拨打|带|到|去|在|通过|用|拿|联系|申请|考虑|选|开通|走|报警|身份证|打一|拍|看|另外)"
    r"|[您你](?:带身份证|早上|拍一张)|可以(?:走|原路|延|代办|上门|到|带|用|拿|先|申请)|建议[您你](?:走|到|先|带|联系|申请|通过)"
    r"|需要[您你]提供|缺的是|安排了|派(?:师傅|人|车)|(?:师傅|我们)(?:[\u4e00-\u9fff]{0,3})(?:上门|去看)|我尽力[给帮去协]|一起想"
)
_NO_OFFER = re.compile(
    r"[帮给替为][^\s]{0,2}(?:不了|不上)|(?:没法|无法|不能|不会|没办法|凭什么|怎么|谁)[帮给替为][您你]|没用|白[问跑查]|也是这个|多少遍|好几[回遍]|行了吧|还不行"
    r"|哪儿去|给谁|转谁|投诉|去告|市长|不满意|不办|不信|自己|多穿|多盖|别再|试试看呗|换[家个]|挂了|过[您你]?了(?:吗|$)"
)
_AFTER_OFFER = 14
"""How many characters after an offer may take it back."""


def turns_polite(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is a limit after which help is offered."""
    said = text[start:end]
    if not has(said, _LIMIT) or has(said, _BLAME):
        return False
    ahead = text[end : end + AHEAD + _AFTER_OFFER]
    return any(not _taken_back(ahead, offer) for offer in _OFFER.finditer(ahead) if offer.start() < AHEAD)


def _taken_back(ahead: str, offer: re.Match[str]) -> bool:
    return bool(_NO_OFFER.search(ahead[max(0, offer.start() - 4) : offer.end() + _AFTER_OFFER]))
