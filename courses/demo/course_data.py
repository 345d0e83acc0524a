"""Data of the demonstration's courses: exercises, questions, students, and the students with a special case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

SEMESTER = "A2026"
REPOSITORY = "/depot"


@dataclass(frozen=True)
class Exercise:
    """An exercise to create.

    path: the exercise's path in the course, and its folder in the repository.
    due_week: the week of the deadline, 1 for the first. None: no deadline, and only students with a special case
        work on it.
    goal: the end of the sentence "Écrivez un programme qui …".
    """

    path: str
    title: str
    due_week: int | None
    goal: str = ""


@dataclass(frozen=True)
class Question:
    """A task that students answer with a tick or a short text."""

    path: str
    title: str
    asks_for: str
    due_week: int
    statement: str = ""


@dataclass(frozen=True)
class DemoCourse:
    course_id: str
    teacher: str
    title: str
    chapters: dict[str, str]
    exercises: tuple[Exercise, ...]
    groups: tuple[str, ...]
    students: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # user names by the title of the team


SYSTEMS = DemoCourse(
    course_id="ProgSys",
    teacher="nadia.benali",
    title="Programmation système",
    chapters={"/shell": "Le shell", "/processus": "Processus", "/memoire": "Mémoire", "/sockets": "Sockets"},
    exercises=(
        Exercise("/shell/tubes", "Tubes", 3, "relie deux commandes par un tube, comme `ls | wc -l`"),
        Exercise("/shell/scripts", "Scripts", 4, "lit un script ligne à ligne et lance chaque commande"),
        Exercise("/shell/jobs", "Jobs", 5, "garde la liste des travaux en arrière-plan, avec `jobs`, `fg` et `bg`"),
        Exercise("/processus/fork", "Fork", 6, "crée quatre processus et attend chacun d’eux"),
        Exercise("/processus/exec", "Exec", 7, "cherche une commande dans le `PATH` et la remplace par `execve`"),
        Exercise("/processus/signaux", "Signaux", 8, "survit à `SIGINT` et se termine proprement sur `SIGTERM`"),
        Exercise("/memoire/fichiers", "Fichiers", 9, "copie un fichier par blocs et compare les temps"),
        Exercise("/memoire/mmap", "Mmap", 10, "compte les mots d’un gros fichier sans le lire deux fois"),
        Exercise("/sockets/client", "Client", 11, "demande une page en HTTP et l’affiche"),
        Exercise("/sockets/serveur", "Serveur", 12, "répond à dix clients à la fois, sans fil d’exécution"),
    ),
    groups=("A1", "A2"),
    students=(
        "ines.abdelkader",
        "amina.yusupova",
        "youssef.haddad",
        "xiaoyu.wang",
        "lukasz.wojcik",
        "misaki.tanaka",
        "eleni.pappa",
        "mamadou.diallo",
        "ananya.sharma",
        "jorg.weiss",
        "huong.nguyen",
        "daniel.cohen",
        "aram.petrosyan",
        "tamar.beridze",
        "minjun.kim",
        "selin.ozturk",
        "mateo.ibanez",
        "abebe.tesfaye",
        "somchai.saetang",
        "siobhan.oneill",
        "yuki.sato",
        "noor.ahmed",
        "ruta.kazlauskiene",
        "farid.mammadov",
        "kavya.raman",
        "olena.shevchenko",
        "bjorn.asgeirsson",
        "rahim.chowdhury",
    ),
)
NETWORKS = DemoCourse(
    course_id="Reseaux",
    teacher="marc.leroy",
    title="Réseaux",
    chapters={"/bonus": "En plus"},
    exercises=(
        Exercise("/tp1", "Trames", 4),
        Exercise("/tp2", "Routage", 6),
        Exercise("/tp3", "Transport", 8),
        Exercise("/tp4", "Pare-feu", 10),
        Exercise("/tp5", "Mesures", 12),
        # the same title gives the same keywords: a commit with them completes neither exercise
        Exercise("/bonus/capture", "Bonus", None),
        Exercise("/bonus/tunnel", "Bonus", None),
    ),
    groups=("R1",),
    students=(
        "ines.abdelkader",
        "lukasz.wojcik",
        "misaki.tanaka",
        "mamadou.diallo",
        "huong.nguyen",
        "kavya.raman",
        "olena.shevchenko",
        "bjorn.asgeirsson",
        "jiri.novotny",
        "chloe.lefebvre",
        "ilias.markou",
        "fatou.ndiaye",
        "zahra.rezaei",
        "anh.tran",
        "soren.kjaer",
        "meilin.chen",
        "ivana.dzeko",
        "joao.magalhaes",
        "noa.levi",
        "le",
    ),
    questions=(
        Question("/reglement", "J’ai lu le règlement de la salle", "tick", 2),
        Question(
            "/bilan",
            "Bilan de mi-parcours",
            "text",
            8,
            "En quelques lignes : ce qui est acquis, ce qui reste difficile, ce que le cours devrait reprendre.",
        ),
    ),
    teams={
        "Les routeurs": ("lukasz.wojcik", "mamadou.diallo", "fatou.ndiaye"),
        "Les passerelles": ("misaki.tanaka", "jiri.novotny", "anh.tran"),
    },
)
COURSES = (SYSTEMS, NETWORKS)
SILENT = {"jorg.weiss", "siobhan.oneill", "ivana.dzeko"}  # register no repository
FAILING = {"aram.petrosyan"}  # registers a URL without a repository
REWRITES = "youssef.haddad"  # squashes commits and forces the push
AMBIGUOUS = "xiaoyu.wang"  # changes a folder that matches two exercises
CONFLICT = "huong.nguyen"  # uses keywords that two exercises share
SKEWED = "daniel.cohen"  # has a computer whose clock is days ahead
UNSEEN = "chloe.lefebvre"  # gave the repository after the deadlines, so its dates are not verified
EXTENDED = {
    ("eleni.pappa", "/processus/signaux"): (timedelta(days=12), "Arrêt maladie"),
    ("noor.ahmed", "/processus/signaux"): (timedelta(days=9), "Panne d’ordinateur"),
    ("zahra.rezaei", "/tp3"): (timedelta(days=10), "Arrêt maladie"),
}
LATER_FOR_A_GROUP = {("ProgSys", "A2", "/memoire/fichiers"): timedelta(days=7)}  # its session falls on a holiday
