"""Rosters and agencies as HR departments send them: a file in, people, agencies and problems out.

Import from here: `read_roster`, `read_agencies`, `RosterSettings` and the values they give. One module per question:
what format is the file (`tables`), which column is what (`columns`), what does a cell say (`dates`, `phones`,
`employee_ids`, `names`), what does a row say (`roster_rows`), what does a person hold (`posts`).
"""

from provisioner.roster.agencies import AgencyFile, read_agencies
from provisioner.roster.name_cells import RepairedName
from provisioner.roster.roster import Roster, read_roster
from provisioner.roster.settings import RosterSettings

__all__ = ["AgencyFile", "RepairedName", "Roster", "RosterSettings", "read_agencies", "read_roster"]
