"""What the checks of a dog registration say, each with its result: one table, so that whoever edits the words sees them all."""

from models.check import Result

# fmt: off
SENTENCES: dict[str, tuple[Result, str, str]] = {
    "identity.away": ("unknown", "登记信息暂时无法核对身份。", "The register cannot be asked who you are at present."),
    "identity.differs": (
        "failed", "姓名（名称）与证件号码在登记信息中不一致，请更正。",
        "Name and number are not of one holder; correct them."),
    "identity.agrees": ("passed", "身份已核对一致。", "Your identity agrees with the register."),

    "capacity.unknown": (
        "unknown", "出生日期未知，无法核对是否具有完全民事行为能力。",
        "Without a date of birth nobody can say whether you are of age."),
    "capacity.of_age": ("passed", "已满{of_age}周岁。", "You are {of_age} or older."),
    "capacity.earning": (
        "ask", "未满{of_age}周岁；已满{earning}周岁并以自己的劳动收入为主要生活来源的，视为完全民事行为能力人，请说明。",
        "You are under {of_age}; whoever is {earning} and lives on earnings of his own counts as of age: say whether you do."),
    "capacity.minor": (
        "failed", "养犬人须具有完全民事行为能力，您未满{of_age}周岁。",
        "A keeper has full civil capacity; you are under {of_age}."),
    "capacity.unit": ("passed", "{zone}内单位可以养犬。", "A unit may keep dogs in the {zone_en}."),
    "capacity.unit_unknown": ("ask", "单位养犬的规定未录入，请说明用途。", "The rule for units is not entered here; state the need."),
    "capacity.unit_need": (
        "ask", "{zone}内单位确有护卫等必要需要的才可以养犬，请说明用途并提供养犬管理制度。",
        "In the {zone_en} a unit keeps dogs only for a need such as guarding; state it and show your rules for their keeping."),
    "capacity.unit_never": ("failed", "{zone}内禁止单位养犬。", "No unit keeps dogs in the {zone_en}."),

    "residence.not_asked": ("passed", "已录入的规定不要求本市户籍。", "The rule as entered here asks for no registration in the city."),
    "residence.away": ("unknown", "须有{right}；登记信息暂时无法核对。", "You need {right_en}; the register cannot be asked at present."),
    "residence.none": ("failed", "须有{right}，登记信息中没有。", "You need {right_en}; the register has none."),
    "residence.contradicts": (
        "ask", "您填写没有{right}，登记信息中有，请确认。",
        "The register has {right_en}, and you say you have none; confirm."),
    "residence.held": ("passed", "有{right}。", "You have {right_en}."),

    "home.away": (
        "unknown", "须有固定住所{alone}；不动产登记暂时无法核对。",
        "You need a fixed home{alone_en}; the register cannot be asked at present."),
    "home.lease": (
        "ask", "须有固定住所{alone}；该住所登记在他人名下，请提供房屋租赁合同。",
        "You need a fixed home{alone_en}; this one is registered to another: show the lease."),
    "home.own": ("passed", "住所登记在您名下。", "The home is registered to you."),
    "home.own_alone": (
        "passed", "住所登记在您名下；是否独户居住以您的承诺为准。",
        "The home is registered to you; that your household lives there alone is as you state."),

    "zone.which": ("ask", "“{street}”不在本市规定列出的街道中，请核对。", "{street} is none of the streets listed; check it."),
    "zone.free": (
        "ask", "{street}属于{zone}，不实行养犬登记，只须按规定免疫。",
        "{street} is in the {zone_en}: dogs are vaccinated there, not registered."),
    "zone.farm_house": (
        "warn", "您填写为自有独立农居房，按{zone}办理；须为农村户籍。",
        "You state a farm house of your own, so it counts as {zone_en}; it takes a rural registration."),
    "zone.found": ("passed", "{street}属于{zone}。", "{street} is in the {zone_en}."),

    "breed.which": ("ask", "犬种“{text}”可能是：{dogs}。请选择。", "The breed {text} may be: {dogs_en}. Say which."),
    "breed.none": (
        "ask", "无法识别犬种“{text}”，请从名录中选择；混种犬请填写父母犬种。",
        "The breed {text} is not known; choose one, for a cross those of its parents."),
    "breed.no_zone": ("unknown", "街道未定，无法核对犬种。", "Until the street is known the breed cannot be checked."),
    "breed.unrestricted": ("passed", "{zone}没有犬种限制。", "No breed is restricted in the {zone_en}."),
    "breed.banned": (
        "failed", "{dog}列入“{list}”，在{zone}禁止饲养。",
        "A dog of this breed ({dog_en}) is on the {list_en} and may not be kept in the {zone_en}."),
    "breed.not_permitted": (
        "failed", "{dog}未列入“{list}”，在{zone}不得饲养。",
        "A dog of this breed ({dog_en}) is not on the {list_en} and may not be kept in the {zone_en}."),
    "breed.judge": (
        "ask", "{dog}是否属于“{list}”（{zone}）须由工作人员核对，请上传照片。",
        "Whether this breed ({dog_en}) is on the {list_en} ({zone_en}) is for an officer to say; add photographs."),
    "breed.service": (
        "ask", "{dog}为残疾人服务犬的，不受“{list}”限制；请提供残疾人证和训练证明。",
        "The {list_en} spares a disabled person's service dog of this breed ({dog_en}); show the disability card and proof of training."),
    "breed.not_entered": (
        "warn", "“{list}”（{zone}）的内容尚未录入本系统；从已知信息看{dog}不在其限制之列。",
        "The {list_en} ({zone_en}) is not entered here; as far as is known it does not restrict this breed ({dog_en})."),
    "breed.allowed": (
        "passed", "{dog}不受“{list}”（{zone}）限制。",
        "The {list_en} ({zone_en}) does not restrict this breed ({dog_en})."),

    "limit.no_zone": ("unknown", "街道未定，无法核对限养数量。", "Until the street is known the limit cannot be checked."),
    "limit.not_entered": (
        "warn", "{zone}{each}的限养数量未录入本系统；已登记{dogs}只。",
        "The limit for each {each_en} in the {zone_en} is not entered here; registered: {dogs}."),
    "limit.none": ("passed", "{zone}{each}不限只数。", "There is no limit for each {each_en} in the {zone_en}."),
    "limit.within": (
        "passed", "{zone}{each}限养{limit}只，已登记{dogs}只。",
        "Limit for each {each_en} in the {zone_en}: {limit}; registered: {dogs}."),
    "limit.service": (
        "ask", "{zone}{each}限养{limit}只，已登记{dogs}只；残疾人服务犬不受此限，请提供残疾人证和训练证明。",
        "Limit for each {each_en} in the {zone_en}: {limit}; registered: {dogs}. A service dog is spared: show its papers."),
    "limit.reached": (
        "failed", "{zone}{each}限养{limit}只，已登记{dogs}只，不能再登记。",
        "Limit for each {each_en} in the {zone_en}: {limit}; registered: {dogs}, so no more can be."),
    "limit.units": ("passed", "住所限养数量只适用于个人。", "The limit for a home is for persons."),

    "chip.digits": (
        "failed", "电子标识号码须为{digits}位数字（ISO 11784），您填写的是“{chip}”。",
        "A chip number has {digits} digits (ISO 11784); you wrote {chip}."),
    "chip.taken": ("failed", "电子标识{chip}已登记在另一只犬名下。", "Chip {chip} is registered to another dog."),
    "chip.good": (
        "passed", "电子标识{chip}为{digits}位，未被登记。",
        "Chip {chip} has {digits} digits and is registered to no other dog."),
    "chip.not_asked": ("passed", "已录入的规定不要求填写电子标识。", "The rule as entered here asks for no chip."),
    "chip.later": ("passed", "准予登记时植入电子标识。", "The chip is implanted at registration."),
    "chip.missing": (
        "ask", "首次接种狂犬病疫苗时应已植入电子标识，请填写{digits}位号码。",
        "The chip comes with the first dose; write its {digits} digits."),

    "immunity.away": ("unknown", "免疫证明{no}暂时无法核对。", "Certificate {no} cannot be checked at present."),
    "immunity.other": ("failed", "登记的免疫证明号码与{no}不同。", "The register holds a certificate of another number than {no}."),
    "immunity.other_dog": ("failed", "免疫证明{no}属于电子标识不同的另一只犬。", "Certificate {no} is of a dog with another chip."),
    "immunity.clinic": ("failed", "免疫证明{no}不是由指定的免疫点出具的。", "Certificate {no} is not of an appointed clinic."),
    "immunity.unborn": (
        "failed", "免疫日期{since}早于犬只出生日期{born}。",
        "The vaccination of {since_en} is before the birth on {born_en}."),
    "immunity.dates": (
        "ask", "登记的免疫有效期为{since}至{until}，与您填写的不同，请更正。",
        "By the register it holds from {since_en} to {until_en}; correct what you wrote."),
    "immunity.young": (
        "ask", "犬只接种时未满{months}个月，请确认是否已按规定补种。",
        "The dog was vaccinated before it was {months} months old; say whether it was again."),
    "immunity.agrees": ("passed", "免疫证明{no}与登记一致。", "Certificate {no} agrees with the register."),

    "immunity_term.ended": ("failed", "免疫已于{until}到期，请先接种。", "The immunity ended on {until_en}; vaccinate first."),
    "immunity_term.not_begun": ("failed", "免疫自{since}起才有效。", "The immunity begins only on {since_en}."),
    "immunity_term.long": ("passed", "免疫有效期至{until}。", "The immunity holds until {until_en}."),
    "immunity_term.soon": (
        "warn", "免疫有效期至{until}，还有{left}天；到期未续种，登记会受影响，建议先续种再申请。",
        "The immunity holds until {until_en}, days left: {left}; the registration hangs on it, so better renew it first."),
    "immunity_term.licence_too": (
        "warn", "免疫有效期至{until}，还有{left}天，养犬登记也只到该日；建议先续种再申请。",
        "The immunity holds until {until_en}, days left: {left}, and the licence would only hold until then; better renew it first."),

    "application_window.none": ("passed", "已录入的规定没有申请期限。", "The rule as entered here sets no time for the application."),
    "application_window.within": (
        "passed", "应自取得免疫证明（{since}）之日起{days}日内申请，未超过。",
        "The application is due within {days} days of the certificate of {since_en}; it is in time."),
    "application_window.late": (
        "warn", "应自取得免疫证明（{since}）之日起{days}日内申请，已超过{late}日；仍予受理，请尽快办理。",
        "The application is due within {days} days of the certificate of {since_en}; days late: {late}. It is still taken."),

    "bars.none": ("passed", "没有不予登记的记录。", "Nothing bars you."),
    "bars.for_life": ("failed", "因{ground}，终身不予办理养犬登记。", "You may never register a dog: {ground_en}."),
    "bars.until": (
        "failed", "因{ground}，{until}以前（含当日）不予办理养犬登记。",
        "You may not register a dog until {until_en} inclusive: {ground_en}."),

    "penalties.no_rule": (
        "passed", "一年内受养犬处罚{count}次，已录入的规定未据此限制登记。",
        "Penalties within a year: {count}; the rule as entered here bars nobody for them."),
    "penalties.below": (
        "passed", "{months}个月内受养犬处罚{count}次，未达到{enough}次。",
        "Penalties within {months} months: {count}, fewer than {enough}."),
    "penalties.reached": (
        "failed", "{months}个月内受养犬处罚{count}次，达到{enough}次的，{years}年内不予登记。",
        "Penalties within {months} months: {count}; {enough} bar from registering for {years} years."),
}
# fmt: on
