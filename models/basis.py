"""Legal basis: which law, which article. Every act, step, period and refusal carries one."""

from pydantic import BaseModel, ConfigDict


class Basis(BaseModel):
    """One article of one law, e.g. 行政处罚法 第六十条 → ``Basis(law="行政处罚法", article="60")``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    law: str
    article: str

    def __str__(self) -> str:
        return f"{self.law} {self.article}"


class Statute:
    """A law that articles are cited from: ``PENALTY(60)`` is article 60 of the Administrative Penalty Law."""

    def __init__(self, law: str, en: str) -> None:
        self.law = law
        self.en = en

    def __call__(self, *articles: int | str) -> tuple[Basis, ...]:
        return tuple(Basis(law=self.law, article=str(article)) for article in articles)


PENALTY = Statute("行政处罚法", "Administrative Penalty Law (2021)")
COERCION = Statute("行政强制法", "Administrative Compulsion Law (2011)")
REVIEW = Statute("行政复议法", "Administrative Review Law (2023)")
LITIGATION = Statute("行政诉讼法", "Administrative Litigation Law (2017)")
CIVIL_PROCEDURE = Statute("民事诉讼法", "Civil Procedure Law (2023)")
CIVIL_CODE = Statute("民法典", "Civil Code (2020)")
INTERPRETATION = Statute(
    "最高人民法院关于适用行政诉讼法的解释", "Supreme Court interpretation (2018)"
)
LICENSING = Statute("行政许可法", "Administrative Licensing Law (2019)")
VISIT_ONCE = Statute("浙江省保障“最多跑一次”改革规定", "Zhejiang rule on one visit at most (2018)")
ONLINE = Statute("国务院关于在线政务服务的若干规定", "State Council rule on online services (2019)")
CITY = Statute("CJ/T 315-2009", "City supervision: docketing, handling, closing (2009)")
LOOP = Statute("浙江省综合行政执法条例", "Zhejiang comprehensive enforcement regulation (2021)")
PRACTICE = Statute("本局规定", "Set by the bureau")
