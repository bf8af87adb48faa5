"""`twoqs completion`: what a shell needs to complete commands and options, from the parser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from twoqs.cli.options import new_command

BASH = """\
_twoqs() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} known=
    if [ "$COMP_CWORD" -eq 1 ]; then
        known="{commands}"
    else
        case "${{COMP_WORDS[1]}} $word" in
{cases}
        esac
    fi
    COMPREPLY=($(compgen -W "$known" -- "$word"))
}}
complete -o default -F _twoqs twoqs
"""

ZSH = "autoload -U +X bashcompinit && bashcompinit\n"
"""How zsh takes what is for bash."""


def add_completion(group: argparse._SubParsersAction) -> None:
    """Make the command known."""
    text = "print what a shell needs to complete commands and options"
    command = new_command(group, "completion", text)
    command.set_defaults(command=completion)
    command.add_argument("shell", metavar="SHELL", choices=SHELLS, help=" or ".join(SHELLS))


def completion(options: argparse.Namespace) -> int:
    """Print the script."""
    from twoqs.cli.parser import parser_of_all  # which knows of this command

    sys.stdout.write(SHELLS[options.shell](parser_of_all()))
    return 0


def _bash(parser: argparse.ArgumentParser) -> str:
    commands, cases = _commands(parser).choices, []
    for name, command in commands.items():
        flags = " ".join(flag for action in _options(command) for flag in action.option_strings)
        words = [str(word) for one in _arguments(command) for word in one.choices or ()]
        cases.append(f'            "{name} -"*) known="{flags}" ;;')
        if words:
            cases.append(f'            "{name} "*) known="{" ".join(words)}" ;;')
    return BASH.format(commands=" ".join(commands), cases="\n".join(cases))


def _zsh(parser: argparse.ArgumentParser) -> str:
    return ZSH + _bash(parser)


def _fish(parser: argparse.ArgumentParser) -> str:
    group = _commands(parser)
    lines = []
    for one in group._choices_actions:
        lines.append(f"-f -n __fish_use_subcommand -a {one.dest} -d {_quoted(one.help)}")
    for name, command in group.choices.items():
        here = f"-n '__fish_seen_subcommand_from {name}'"
        for action in _options(command):
            longest = max(action.option_strings, key=len).removeprefix("--")
            value = " -r" if action.nargs != 0 else ""
            lines.append(f"{here} -l {longest}{value} -d {_quoted(action.help)}")
        for action in _arguments(command):
            if action.choices:
                lines.append(f"-f {here} -a {_quoted(' '.join(map(str, action.choices)))}")
    return "".join(f"complete -c twoqs {line}\n" for line in lines)


SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
"""What makes the script of each shell."""


def _commands(parser: argparse.ArgumentParser) -> argparse._SubParsersAction:
    (group,) = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    return group


def _options(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    return (action for action in command._actions if action.option_strings)


def _arguments(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    return (action for action in command._actions if not action.option_strings)


def _quoted(text: str | None) -> str:
    """A text in quotes of fish."""
    return "'" + (text or "").replace("\\", "\\\\").replace("'", "\\'") + "'"
