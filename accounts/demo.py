"""The people of the demonstration school: invented names in several scripts, one password for all of them."""

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
]
EVERYBODY = [STAFF, *TEACHERS, *STUDENTS]


def fill() -> dict[str, User]:
    """Everybody, by user name; those who are here already stay as they are."""
    here = {user.username: user for user in User.objects.filter(username__in=[one.username for one in EVERYBODY])}
    password = make_password(PASSWORD)  # once: hashing is meant to be slow
    for one in EVERYBODY:
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
