"""The people of the demonstration school: invented names in several scripts, one password for all of them.

The first FEW students show every kind of case; the others make the school as large as one.
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
FEW = 13
EVERYBODY = [STAFF, *TEACHERS, *STUDENTS]


def fill(students: int | None = None) -> dict[str, User]:
    """Staff, teachers and so many of the students (None: all), by user name; who is here already stays as they are."""
    everybody = [STAFF, *TEACHERS, *STUDENTS[:students]]
    here = {user.username: user for user in User.objects.filter(username__in=[one.username for one in everybody])}
    password = make_password(PASSWORD)  # once: hashing is meant to be slow
    for one in everybody:
        if one.username not in here:
            here[one.username] = User.objects.create(
                username=one.username,
                first_name=one.first_name,
                last_name=one.last_name,
                email=f"{one.username}@school.example",
                kind=one.kind,
                is_staff=one is STAFF,
                is_superuser=one is STAFF,
                password=password,
            )
    return here


def remove() -> int:
    """Take these people away; returns how many there were. What still belongs to them must be gone before."""
    gone = 0
    for user in User.objects.filter(username__in=[one.username for one in EVERYBODY]):
        user.delete()
        gone += 1
    return gone
