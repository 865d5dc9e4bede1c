"""The tour of plain mode: what there is to know, in a minute."""

from __future__ import annotations

_LOOKS = (
    "What waits for you: 'status' says it, then how the run does and what it has cost. News come"
    " as lines by themselves, and never into a line that you are typing; 'news' makes them fewer.",
    "Tasks: 'tasks' lists them, those that need you first, and 'tasks state:blocked' only some."
    " 'show TASK' is a task in short; 'select TASK' makes it the one that commands are about.",
    "A question is an agent that wants to do what its contract leaves to you: 'question TASK'"
    " reads it with the command or change.",
    "Nothing is called done that was not proved: 'verdict TASK' reads the proof, 'diff TASK' the"
    " change, 'output TASK' what the agent said. What is long comes by pages: 'more' goes on.",
    "The night: 'report' tells it, 'decisions' who decided what, 'search WORDS' finds anything,"
    " 'cost' what it cost.",
)
_ORDERS = (
    "Answers: 'approve TASK' allows it once, 'deny TASK REASON' refuses, and the reason reaches"
    " the agent; 'edit TASK COMMAND' allows another command. Others work on.",
    "Steering: 'pause task TASK' holds one, 'note TASK TEXT' leaves a note for its agent, 'cancel"
    " TASK' ends it; 'pause all' holds everything, 'halt all' is the emergency stop.",
    "Verified work: 'merge TASK' lets it in, 'reject TASK REASON' sends it back, 'undo' takes the"
    " last order back while that is possible, 'revert TASK' undoes a merge.",
)
_LEAVING = (
    "Leaving: 'leave' or Ctrl+D leaves, and the run goes on without you; aio-tui --plain shows it"
    " again. 'quit' quits. 'help' lists all commands, 'help COMMAND' explains one.",
)


def tour_texts(*, only_looks: bool) -> list[str]:
    """One line about each thing; for one who `only_looks` without orders."""
    return [*_LOOKS, *(() if only_looks else _ORDERS), *_LEAVING]
