"""The people of the demonstration school: invented names in several scripts, with one password.

The first FIRST_STUDENTS students show every kind of case. The others give the school a realistic size.
"""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.models import User

PASSWORD = "atelier-demo"  # noqa: S105 - public on purpose


@dataclass(frozen=True)
class DemoPerson:
    username: str
    first_name: str
    last_name: str
    kind: str = User.Kind.STUDENT


STAFF = DemoPerson("ada.staff", "Ada", "Ferrand", User.Kind.TEACHER)
TEACHERS = [
    DemoPerson("nadia.benali", "Nadia", "Benali", User.Kind.TEACHER),
    DemoPerson("marc.leroy", "Marc", "Leroy", User.Kind.TEACHER),
]
STUDENTS = [
    DemoPerson("ines.abdelkader", "Inès", "Abdelkader"),
    DemoPerson("amina.yusupova", "Амина", "Юсупова"),
    DemoPerson("youssef.haddad", "يوسف", "حدّاد"),
    DemoPerson("xiaoyu.wang", "王小雨", "Wang"),
    DemoPerson("lukasz.wojcik", "Łukasz", "Wójcik"),
    DemoPerson("misaki.tanaka", "美咲", "田中"),
    DemoPerson("eleni.pappa", "Ελένη", "Παππά"),
    DemoPerson("mamadou.diallo", "Mamadou", "Diallo"),
    DemoPerson("ananya.sharma", "अनन्या", "शर्मा"),
    DemoPerson("jorg.weiss", "Jörg", "Weiß"),
    DemoPerson("huong.nguyen", "Lan Hương", "Nguyễn Thị"),
    DemoPerson("daniel.cohen", "דניאל", "כהן"),
    DemoPerson("aram.petrosyan", "Արամ", "Պետրոսյան"),
    DemoPerson("tamar.beridze", "თამარ", "ბერიძე"),
    DemoPerson("minjun.kim", "민준", "김"),
    DemoPerson("selin.ozturk", "Selin", "Öztürk"),
    DemoPerson("mateo.ibanez", "Mateo", "Ibáñez"),
    DemoPerson("abebe.tesfaye", "አበበ", "ተስፋዬ"),
    DemoPerson("somchai.saetang", "สมชาย", "แซ่ตั้ง"),
    DemoPerson("siobhan.oneill", "Siobhán", "O’Neill"),
    DemoPerson("yuki.sato", "ゆき", "佐藤"),
    DemoPerson("noor.ahmed", "نور", "احمد"),
    DemoPerson("ruta.kazlauskiene", "Rūta", "Kazlauskienė"),
    DemoPerson("farid.mammadov", "Fərid", "Məmmədov"),
    DemoPerson("kavya.raman", "காவ்யா", "ராமன்"),
    DemoPerson("olena.shevchenko", "Олена", "Шевченко"),
    DemoPerson("bjorn.asgeirsson", "Björn", "Ásgeirsson"),
    DemoPerson("rahim.chowdhury", "রহিম", "চৌধুরী"),
    DemoPerson("jiri.novotny", "Jiří", "Novotný"),
    DemoPerson("chloe.lefebvre", "Chloé", "Lefèbvre"),
    DemoPerson("ilias.markou", "Ηλίας", "Μάρκου"),
    DemoPerson("fatou.ndiaye", "Fatou", "N’Diaye"),
    DemoPerson("zahra.rezaei", "زهرا", "رضایی"),
    DemoPerson("anh.tran", "Ngọc Ánh", "Trần"),
    DemoPerson("soren.kjaer", "Søren", "Kjær"),
    DemoPerson("meilin.chen", "美琳", "陳"),
    DemoPerson("ivana.dzeko", "Ивана", "Џеко"),
    DemoPerson("joao.magalhaes", "João", "Magalhães"),
    DemoPerson("noa.levi", "נועה", "לוי"),
    DemoPerson("le", "Lê", ""),
]
FIRST_STUDENTS = 13
EVERYBODY = [STAFF, *TEACHERS, *STUDENTS]


def fill(students: int | None = None) -> dict[str, User]:
    """Create staff, teachers and the first `students` students (None: all). Return the users by user name.

    Users that exist already are not changed.
    """
    everybody = [STAFF, *TEACHERS, *STUDENTS[:students]]
    usernames = [person.username for person in everybody]
    users = {user.username: user for user in User.objects.filter(username__in=usernames)}
    password = make_password(PASSWORD)  # once, because hashing is slow on purpose
    for person in everybody:
        if person.username not in users:
            users[person.username] = User.objects.create(
                username=person.username,
                first_name=person.first_name,
                last_name=person.last_name,
                email=f"{person.username}@school.example",
                kind=person.kind,
                is_staff=person is STAFF,
                is_superuser=person is STAFF,
                password=password,
            )
    return users


def remove() -> int:
    """Delete these people and return how many there were. Objects that belong to them must be deleted first."""
    count = 0
    for user in User.objects.filter(username__in=[person.username for person in EVERYBODY]):
        user.delete()
        count += 1
    return count
