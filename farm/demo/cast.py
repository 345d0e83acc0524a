"""The machines, people, purposes and repairs of the demonstration farm."""

from typing import NamedTuple


class MachineKind(NamedTuple):
    names: tuple[str, ...]
    gpus: int
    memory_gb: int
    model: str
    location: str
    tags: tuple[str, ...]


KINDS = (
    MachineKind(
        ("dgx-01", "dgx-02", "dgx-03", "dgx-04"), 8, 1024, "A100 80 GB", "Salle B12", ("nvlink", "entraînement")
    ),
    MachineKind(("lyra-1", "lyra-2", "lyra-3", "lyra-4"), 4, 512, "L40S 48 GB", "Salle B12", ("inférence",)),
    MachineKind(("pico-1", "pico-2", "pico-3"), 2, 128, "RTX 4090", "Labo 204", ("enseignement",)),
    MachineKind(("mem-01", "mem-02"), 0, 2048, "", "Salle B12", ("mémoire",)),
)
# username, first name, last name: researchers who cannot sign in
PEOPLE = (
    ("j.weiss", "Jürgen", "Weiß"),
    ("l.wojcik", "Łucja", "Wójcik"),
    ("a.yusupova", "Алия", "Юсупова"),
    ("kim.minjun", "", "김민준"),
    ("e.pappa", "Ελένη", "Παππά"),
    ("nguyen.lan", "", "Nguyễn Lan"),
    ("li.mingzhe", "", "李明哲"),
    ("h.rakoto", "Hery", "Rakoto"),
    ("o.cohen", "", "אבי כהן"),
    ("s.makela", "Sanna", "Mäkelä"),
    ("m.diallo", "Mariama", "Diallo"),
)
PURPOSES = (
    "ablation", "parole", "diffusion", "renforcement", "vision", "distillation", "segmentation", "vidéo", "climat",
    "OCR", "corpus", "rendu 3D", "graphe en mémoire", "génome", "TP", "long balayage", "évaluation",
)  # fmt: skip
STUDENT_PURPOSES = ("affinage", "mémoire, chapitre 4", "référence", "mise au point", "démo du projet")
PROJECT = "Vision"


class Repair(NamedTuple):
    """A closure: `begins` and `ends` are hours from now.

    Without `gpus` the whole machine is closed.
    """

    name: str
    begins: int
    ends: int
    gpus: int | None
    reason: str


# One has begun and two are announced; those displace bookings, so that the pages show displaced ones.
REPAIRS = (
    Repair("pico-3", -6, 46, None, "Maintenance"),
    Repair("dgx-04", 20, 56, None, "Maintenance : refroidissement"),
    Repair("dgx-03", 70, 140, 2, "Échange de deux GPU"),
)
