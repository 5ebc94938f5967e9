"""The fixes of one run: what is proposed for each finding, and the patch of those that hold together."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from convlint.diagnostics import Applicability, Diagnostic, Fix, Span
from convlint.engine.places import relative, where
from convlint.filesystem import why_refused
from convlint.fixes.patch import FileChange, Patch
from convlint.fixes.workshop import Proposal, Workshop
from convlint.report import Problem
from convlint.rules.base import Finding
from convlint.rules.remedy import Remedy
from convlint.trace.blame import INSTALLED

Key = tuple[str, Span, Remedy | None]
Proposals = Mapping[Key, Proposal]

NO_PROPOSALS: Proposals = {}


def key_of(finding: Finding) -> Key:
    """By what a finding is known whichever model has it."""
    return finding.code, finding.span, finding.remedy


def editable(paths: Iterable[str]) -> Callable[[str], bool]:
    """Which files may be edited: those at ``paths``, which were asked for, and those below the working directory.

    Never those of installed packages.
    """
    asked_for = {os.path.abspath(path) for path in paths}

    def is_editable(path: str) -> bool:
        inside = relative(path)
        return path in asked_for or not (os.path.isabs(inside) or INSTALLED.intersection(inside.split(os.sep)))

    return is_editable


def propose(workshop: Workshop, findings: Sequence[Finding]) -> Proposals:
    """What there is to say about mending each finding that has a remedy; raises WorkerUnusableError."""
    remedied = {key_of(each): each for each in findings if each.remedy is not None}
    return {key: workshop.propose(each) for key, each in remedied.items()}


def mended(diagnostic: Diagnostic, finding: Finding, proposals: Proposals) -> Diagnostic:
    """The diagnostic with the fix of its finding, or with what to do by hand."""
    proposal = proposals.get(key_of(finding))
    if proposal is None:
        return diagnostic
    return replace(diagnostic, fix=proposal.fix, help=(*diagnostic.help, *proposal.help))


def remarks(findings: Sequence[Finding], proposals: Proposals) -> list[str]:
    """Why fixes that could be written are not offered, one line each."""
    found = {
        f"no fix: {each.code} {each.name} at {where(each.span)}: {proposal.remark}": None
        for each in findings
        if (proposal := proposals.get(key_of(each))) is not None and proposal.remark
    }
    return list(found)


def patch_of(workshop: Workshop, findings: Sequence[Finding], proposals: Proposals, *, unsafe: bool) -> Patch:
    """The files with every fix that may be made; raises WorkerUnusableError."""
    wanted: dict[Key, tuple[Finding, Fix]] = {}
    for finding in findings:
        fix = proposals.get(key_of(finding), Proposal()).fix
        if fix is not None and (unsafe or fix.applicability is Applicability.SAFE):
            wanted.setdefault(key_of(finding), (finding, fix))
    targets = sorted(wanted.values(), key=lambda target: target[0].span)
    traced = [target for target in targets if target[0].remedy is not None]
    taken = [traced[index][1] for index in workshop.agree(traced)] if traced else []
    for finding, fix in targets:
        # What only takes comments away changes no model.
        if finding.remedy is None and workshop.fit([*taken, fix]):
            taken.append(fix)
    files = workshop.contents(taken)
    changes = tuple(FileChange(relative(path), before, after) for path, (before, after) in sorted(files.items()))
    return Patch(changes, len(taken))


def written(patch: Patch) -> list[Problem]:
    """Write the files of a patch; a problem for each that cannot be."""
    problems: list[Problem] = []
    for file in patch.files:
        try:
            file.write()
        except OSError as error:
            problems.append(Problem(f"cannot write {file.path}: {why_refused(error)}"))
    return problems
