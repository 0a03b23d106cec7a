"""Papers of an incident (数字城管案卷): docketing, dispatch, handling, check, rating (CJ/T 315-2009; 浙江省综合行政执法条例 5, 18)."""

from models.act import Act, Moment
from models.basis import CITY, LOOP, PRACTICE
from models.incident_class import TaskOffer
from models.incident_file import IncidentFile
from models.person import Role
from models.refusal import Code, gate, refuse
from models.report import ClassCode
from models.text import Digest, Line, Text, ask

ON = ("incident",)


class VerifyReport(
    Act,
    term="核查上报",
    en="Verify the report",
    basis=CITY("立案"),
    by=(Role.DISPATCHER, Role.HANDLER, Role.OFFICER),
    matters=ON,
):
    """Somebody looked: it is there, or it is not."""

    as_reported: bool = ask("情况属实", "As reported")
    remarks: Text = ask("核查情况", "What was seen")
    photos: tuple[Digest, ...] = ask("照片", "Photos", default=(), max_length=20)

    def evidence_cited(self) -> tuple[str, ...]:
        return self.photos


class Docket(
    Act,
    term="立案",
    en="Docket the incident",
    basis=CITY("立案"),
    by=(Role.DISPATCHER,),
    matters=ON,
):
    """It meets the standard of its class: it has a number, and somebody will own it."""

    category: ClassCode = ask("类别", "Class")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        if moment.category is None:
            raise refuse(
                Code.INVALID,
                "category：没有这个类别",
                "category: no such class",
                CITY("立案"),
                "category",
            )


class RejectReport(
    Act,
    term="不予立案",
    en="Reject the report",
    basis=CITY("立案"),
    by=(Role.DISPATCHER,),
    matters=ON,
):
    """Not true, not ours, or there already; the reporter is told why."""

    reason: Text = ask("理由", "Reason")
    duplicate_of: Line | None = ask("重复的案卷", "It is there already", default=None)


class Dispatch(
    Act,
    term="派遣",
    en="Dispatch",
    basis=CITY("处置"),
    by=(Role.DISPATCHER,),
    matters=ON,
):
    """To the unit responsible, within the limit of the class."""

    unit: Line | None = ask("处置单位", "Unit; none: as the grid says", default=None)
    limit: int = ask("处置时限（类别的第几项）", "Which limit of the class", ge=0, le=50, default=0)
    ground: Text | None = ask("改派理由", "Why another unit", default=None)

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        task = moment.task
        if task is None:
            raise refuse(
                Code.INVALID,
                "unit：没有这个单位或者时限",
                "unit: no such unit or limit",
                CITY("处置"),
                "unit",
            )
        first_keeps_it(file, task, self.ground)


class ReassignTask(
    Act,
    term="改派任务",
    en="Reassign the task",
    basis=CITY("处置") + PRACTICE("首办责任"),
    by=(Role.DISPATCHER, Role.UNIT_HEAD),
    matters=ON,
):
    """To another person of the unit, by its head or the dispatcher; to another unit by the dispatcher only (首办责任)."""

    person: Line | None = ask("处置人员", "Person; none: as roster and load say", default=None)
    unit: Line | None = ask("处置单位", "Unit; none: the one that has it", default=None)
    ground: Text = ask("改派理由", "Ground")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        offer, task = moment.task, file.task
        if offer is None or task is None:
            raise refuse(
                Code.INVALID,
                "person：没有这个单位，或者此人不属于该单位、不在岗",
                "person: no such unit, or not of it, or away",
                CITY("处置"),
                "person",
            )
        heads = Role.DISPATCHER not in moment.actor.roles
        if heads and (moment.actor.unit != task.unit or offer.unit != task.unit):
            raise refuse(
                Code.NOT_YOUR_ROLE,
                "单位负责人只能在本单位内改派",
                "a unit's head reassigns within his unit",
                PRACTICE("首办责任"),
            )
        if offer.unit == task.unit and offer.person == task.person:
            raise gate("任务已由该人承办", "he has it already", CITY("处置"), "person")


class HandOver(
    Act,
    term="移交其他部门",
    en="Hand over to another department",
    basis=LOOP(18),
    by=(Role.DISPATCHER,),
    matters=ON,
):
    """Not the bureau's: to the department it belongs to, which has to confirm within its clock."""

    department: Line = ask("接收部门", "Department")
    ground: Text = ask("移交理由", "Ground")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        if moment.department is None:
            raise refuse(
                Code.INVALID,
                "department：名录中没有这个部门",
                "department: not in the list",
                LOOP(18),
                "department",
            )


class AcknowledgeHandOver(
    Act,
    term="登记接收部门答复",
    en="Record the department's answer",
    basis=LOOP(18),
    by=(Role.DISPATCHER,),
    matters=ON,
):
    """It has taken the matter, or declines it with the reason; then the dispatcher decides again."""

    accepted: bool = ask("确认接收", "Accepted")
    answered_by: Line = ask("答复人", "Who answered for the department")
    reference: Line | None = ask("接收文号", "Its own reference", default=None)
    remarks: Text | None = ask("说明", "Remarks", default=None)

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        if not self.accepted and not self.remarks:
            raise gate("不接收的，须载明理由", "declined: say why", LOOP(18), "remarks")


class CorrectPlace(
    Act,
    term="更正地点",
    en="Correct the place",
    basis=CITY("信息收集"),
    by=(Role.DISPATCHER, Role.OFFICER, Role.CITIZEN, Role.KIOSK, Role.WINDOW_CLERK),
    matters=ON,
):
    """The street taken from the point was only near: by whoever reported, or by the dispatcher."""

    street: Line = ask("街道", "Street office")
    address: Line | None = ask("地点", "Address; none: as it is", default=None)

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        his = moment.actor.username == file.reported_by
        if not his and Role.DISPATCHER not in moment.actor.roles:
            raise refuse(
                Code.NOT_YOUR_ROLE,
                "由上报人或者派遣员更正",
                "by whoever reported, or the dispatcher",
                CITY("信息收集"),
            )
        if moment.grid is None:
            raise refuse(
                Code.INVALID,
                "street：不是本区街道",
                "street: not a street of this district",
                CITY("信息收集"),
                "street",
            )


class AcceptTask(
    Act,
    term="接收任务",
    en="Accept the task",
    basis=CITY("处置"),
    by=(Role.HANDLER, Role.UNIT_HEAD),
    matters=ON,
):
    """The unit has it."""

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        own_unit(file, moment, type(self))


class ReturnTask(
    Act,
    term="退回任务",
    en="Return the task",
    basis=CITY("处置") + PRACTICE("首办责任"),
    by=(Role.HANDLER, Role.UNIT_HEAD),
    matters=ON,
):
    """Not ours, with the reason; until the dispatcher decides, it stays with the first unit (首办责任)."""

    reason: Text = ask("退回理由", "Reason")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        own_unit(file, moment, type(self))


class ExtendTask(
    Act,
    term="延长处置时限",
    en="Extend the limit",
    basis=CITY("处置"),
    by=(Role.DISPATCHER,),
    matters=ON,
):
    """By so many of the limit's own unit, once, with the reason."""

    extra: int = ask("延长", "By how many", ge=1, le=60)
    reason: Text = ask("理由", "Reason")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        if file.task is None or file.task.extended:
            raise gate(
                "没有任务或者已经延长过", "nothing to extend, or extended already", CITY("处置")
            )


class SubmitResult(
    Act,
    term="反馈处置结果",
    en="Submit the result",
    basis=CITY("处置"),
    by=(Role.HANDLER, Role.UNIT_HEAD),
    matters=ON,
):
    """What was done, with a photo of how it is now."""

    text: Text = ask("处置情况", "What was done")
    before: tuple[Digest, ...] = ask("处置前照片", "Before", default=(), max_length=20)
    after: tuple[Digest, ...] = ask("处置后照片", "After", min_length=1, max_length=20)

    def evidence_cited(self) -> tuple[str, ...]:
        return (*self.before, *self.after)

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        own_unit(file, moment, type(self))
        for digest in self.evidence_cited():
            if digest not in moment.evidence:
                raise refuse(
                    Code.INVALID,
                    "after：没有收到这张照片，请先上传",
                    "after: upload the photo first",
                    CITY("处置"),
                    "after",
                )


class CheckResult(
    Act,
    term="核查结案",
    en="Check the result",
    basis=CITY("结案"),
    by=(Role.DISPATCHER, Role.OFFICER),
    matters=ON,
):
    """By another person than who handled it; passed, it closes; not, it goes back."""

    passed: bool = ask("核查通过", "Passed")
    remarks: Text = ask("核查情况", "What was seen")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        result, task = (file.results[-1] if file.results else None), file.task
        hands = {result.by if result else None, task.accepted_by if task else None}
        if moment.actor.username in hands:
            raise refuse(
                Code.CONFLICT_OF_INTEREST,
                "核查不得由处置人员本人进行",
                "not checked by who handled it",
                CITY("结案"),
            )


class RateHandling(
    Act,
    term="评价",
    en="Rate the handling",
    basis=CITY("评价"),
    by=(Role.DISPATCHER, Role.OFFICER, Role.PARTY, Role.CITIZEN),
    matters=ON,
):
    """One to five, by who reported it."""

    stars: int = ask("评分", "Stars", ge=1, le=5)
    remarks: Text | None = ask("意见", "Remarks", default=None)

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        if moment.actor.username != file.reported_by:
            raise refuse(
                Code.NOT_YOUR_ROLE, "由上报人评价", "rated by who reported it", CITY("评价")
            )


class RaiseCase(
    Act,
    term="转立案查处",
    en="Raise a case",
    basis=LOOP(18),
    by=(Role.OFFICER, Role.SYSTEM),
    matters=ON,
):
    """A violation was found: the case that was filed on it; both know each other."""

    case: Line = ask("案件", "Case")

    def gate(self, file: IncidentFile, moment: Moment) -> None:
        if self.case not in moment.known and Role.SYSTEM not in moment.actor.roles:
            raise refuse(Code.INVALID, "case：没有这个案件", "case: no such case", LOOP(18), "case")


def first_keeps_it(file: IncidentFile, offer: TaskOffer, ground: str | None) -> None:
    """Another unit than the first, or than the one that has it, only with the ground (首办责任)."""
    had = {task.unit for task in (file.task, *file.tasks[:1]) if task}
    if had - {offer.unit} and not ground:
        raise gate(
            "首办单位负责到底；改派须说明理由",
            "the first unit keeps it; say why another should have it",
            PRACTICE("首办责任"),
            "ground",
        )


def own_unit(file: IncidentFile, moment: Moment, act: type[Act]) -> None:
    """Only the unit that has the task."""
    task = file.task
    if task is None or moment.actor.unit != task.unit:
        raise refuse(
            Code.NOT_YOUR_ROLE,
            f"{act.term}由承办单位（{task.unit_name if task else '未派遣'}）办理",
            f"{act.en} is for the unit that has the task",
            act.basis,
        )
