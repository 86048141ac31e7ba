"""The words of people in Dream States: what a heading, a column and a status mean, in several languages.

A word that is not here means nothing, and what stands under it is kept as it is.
"""

from enum import Enum, auto
from typing import TypeVar

from loop_tui.model.dream.tree import NodeStanding

_Meaning = TypeVar("_Meaning")


class Topic(Enum):
    """What a section is about."""

    VISION = auto()
    MEMBERS = auto()
    """Systems or modules: a table, a checklist for each, or both."""
    FUNCTIONS = auto()
    LOOPS = auto()
    COMPLETIONS = auto()
    DEPENDENCIES = auto()
    DEPENDS_ON = auto()
    DEPENDED_ON_BY = auto()
    DEFERRED = auto()


class Column(Enum):
    """What a column of a table says."""

    NAME = auto()
    STATUS = auto()
    COUNT = auto()
    PERCENT = auto()
    FOLDER = auto()
    LOOP = auto()
    PHASE = auto()
    STARTED = auto()
    DATE = auto()
    OUTCOME = auto()
    DEPENDS_ON = auto()
    UNLOCKS = auto()
    SCOPE = auto()


def _words(table: dict[_Meaning, str]) -> dict[str, _Meaning]:
    return {word.strip(): meaning for meaning, text in table.items() for word in text.split(",")}


TOPICS = _words(
    {
        Topic.VISION: "vision, purpose, goal, mission, visión, visão, visione, visie, zweck, ziel, propósito, but, "
        "scopo, doel",
        Topic.MEMBERS: "modules, module, systems, active systems, module checklists, module checklist, "
        "system checklists, master checklist, checklist, checklists, modul, module list, inline modules, "
        "aktive systeme, systeme, checklisten, modulchecklisten, módulos, sistemas, sistemas activos, sistemas ativos, "
        "listas de módulos, lista maestra, listas de verificación, listas de verificação, systèmes, systèmes actifs, "
        "listes des modules, liste principale, moduli, sistemi, sistemi attivi, liste dei moduli, systemen, "
        "actieve systemen",
        Topic.FUNCTIONS: "functions, required functions, function checklist, functionality, capabilities, "
        "completion criteria, funktionen, benötigte funktionen, kriterien, funciones, funciones requeridas, "
        "criterios de finalización, funções, funções necessárias, fonctions, fonctions requises, "
        "critères d'achèvement, funzioni, funzioni richieste, functies",
        Topic.LOOPS: "active loops, running loops, aktive loops, loops activos, loops ativos, boucles actives, "
        "loop attivi",
        Topic.COMPLETIONS: "recent completions, completions, completed runs, letzte abschlüsse, abgeschlossen, "
        "completados recientes, conclusões recentes, achèvements récents, completamenti recenti",
        Topic.DEPENDENCIES: "dependencies, abhängigkeiten, dependencias, dependências, dépendances, dipendenze",
        Topic.DEPENDS_ON: "depends on, requires, hängt ab von, depende de, dépend de, dipende da",
        Topic.DEPENDED_ON_BY: "depended on by, required by, used by, benötigt von, requerido por, requis par, usato da",
        Topic.DEFERRED: "deferred, deferred items, deferred modules, later, parked, postponed, out of scope, not now, "
        "someday, zurückgestellt, später, aplazado, más tarde, adiado, reporté, plus tard, rinviato",
    }
)
COLUMNS = _words(
    {
        Column.NAME: "module, system, name, feature, item, function, milestone, task, epic, modul, funktion, módulo, "
        "sistema, nombre, nome, función, função, système, nom, fonction, modulo, funzione",
        Column.STATUS: "status, state, zustand, estado, statut, état, stato",
        Column.COUNT: "functions, funcs, done, count, checklist, funktionen, funciones, funções, fonctions, funzioni",
        Column.PERCENT: "progress, %, complete, completion, fortschritt, progreso, progresso, avancement",
        Column.FOLDER: "path, location, folder, pfad, ruta, caminho, chemin, percorso",
        Column.LOOP: "loop, run, boucle",
        Column.PHASE: "phase, fase, stage",
        Column.STARTED: "started, since, begonnen, seit, iniciado, commencé",
        Column.DATE: "date, completed, when, datum, fecha, data",
        Column.OUTCOME: "outcome, result, ergebnis, resultado, résultat, esito",
        Column.DEPENDS_ON: "depends on, dependencies, needs, requires, hängt ab von, depende de, dépend de, dipende da",
        Column.UNLOCKS: "unlocks, enables, blocks",
        Column.SCOPE: "scope",
    }
)
STATUSES = _words(
    {
        NodeStanding.DONE: "complete, completed, done, finished, operational, shipped, released, success, fertig, "
        "erledigt, abgeschlossen, completo, completado, hecho, concluído, terminé, fait, fatto, completato, klaar",
        NodeStanding.OPEN: "pending, in progress, inprogress, wip, planned, todo, to do, not started, open, next, "
        "partial, started, running, in arbeit, offen, geplant, en curso, pendiente, em andamento, pendente, en cours, "
        "à faire, in corso, da fare, bezig",
        NodeStanding.BLOCKED: "blocked, stuck, failed, blockiert, bloqueado, bloqué, bloccato, geblokkeerd",
        NodeStanding.DEFERRED: "deferred, parked, postponed, on hold, paused, cancelled, canceled, dropped, later, "
        "zurückgestellt, verschoben, aplazado, adiado, reporté, rinviato, uitgesteld",
    }
)
SIGNS = {
    **dict.fromkeys("✅☑✔✓🟢", NodeStanding.DONE),
    **dict.fromkeys("⬜☐◻🔲❌✗✘🚧⏳🔄🟡", NodeStanding.OPEN),
    **dict.fromkeys("⏸💤", NodeStanding.DEFERRED),
    **dict.fromkeys("⛔🚫🔴", NodeStanding.BLOCKED),
}
"""What an emoji or a tick says in place of a box or of a word."""
