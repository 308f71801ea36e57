"""Invitations as mail: from the facts of one promised mail to its bytes, and the giấy mời as a PDF.

    letters     what one mail is about: the input of everything here
    wording     dates, series, states in the words of the office
    subjects    the Subject of each mail
    changes     what differs from the edition that this person saw before
    joining     how a place is entered: short line, lines to read, CONFERENCE values
    edition     what an edition says, for mails and paper alike
    facts       the variables of the templates, and `particulars` those of single purposes
    marks       places for personal values in a text that is rendered once for many
    event       the iCalendar object of a letter
    headers     the fields of the head, encoded
    tree        the MIME tree, boundaries from the token, quoted-printable in pieces
    mime        a letter as a message; `Batch` for many of one meeting
    letter_pdf  the giấy mời of Decree 30/2020/NĐ-CP, form 1.7

Pure, except that a PDF is made by a process of its own (`foundation.printing`): nothing here reads a clock, a table,
the directory or the network.
"""
