"""Reads the text format of Prometheus as strictly as its description: what a scraper would refuse is an error here."""
import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_COMMENT = re.compile(rf"# (HELP|TYPE) ({_NAME}) (.+)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
_TYPES = ("counter", "gauge", "histogram")
_HISTOGRAM = ("_bucket", "_sum", "_count")


def _labels(text):
    labels, at = {}, 0
    while at < len(text):
        match = _LABEL.match(text, at)
        assert match, f"not a label: {text[at:]}"
        assert match[1] not in labels, f"the label {match[1]} twice: {text}"
        labels[match[1]] = match[2]
        at = match.end()
        assert match[3] == "" or at < len(text), f"a comma at the end: {text}"
    return labels


def _family_of(name, types):
    if name in types:
        return name
    for suffix in _HISTOGRAM:
        if name.endswith(suffix) and types.get(name[:-len(suffix)]) == "histogram":
            return name[:-len(suffix)]
    raise AssertionError(f"{name} has no TYPE")


def _check_histograms(series, types):
    """Buckets must not fall, end with +Inf, and agree with the count."""
    for name in (name for name, kind in types.items() if kind == "histogram"):
        by_labels = {}
        for (sample, labels), value in series.items():
            if sample == name + "_bucket":
                others = frozenset(pair for pair in labels if pair[0] != "le")
                by_labels.setdefault(others, []).append((float(dict(labels)["le"]), value))
        for labels, buckets in by_labels.items():
            assert buckets == sorted(buckets), f"{name}: bounds or counts that fall"
            assert len({bound for bound, _ in buckets}) == len(buckets), f"{name}: a bound twice"
            assert buckets[-1][0] == float("inf"), f"{name}: no bucket for everything"
            assert [count for _, count in buckets] == sorted(count for _, count in buckets), f"{name}: counts that fall"
            assert series[(name + "_count", labels)] == buckets[-1][1], f"{name}: a count that is not its last bucket"


def parse(text):
    """Returns (series by name and labels, types by family); an AssertionError names the line that is wrong."""
    assert text.endswith("\n"), "the last line is not ended"
    helps, types, series, current = {}, {}, {}, None
    for line in text[:-1].split("\n"):
        comment = _COMMENT.fullmatch(line)
        if comment:
            kind, family, rest = comment.groups()
            known = helps if kind == "HELP" else types
            assert family not in known, f"a second {kind} of {family}"
            assert kind == "HELP" or (rest in _TYPES and family == current), f"a TYPE out of place: {line}"
            known[family] = rest
            current = family
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample, f"neither comment nor sample: {line!r}"
        name, labels, value = sample[1], _labels(sample[2] or ""), float(sample[3])
        family = _family_of(name, types)
        assert family == current, f"{name} stands apart from its family"
        assert types[family] != "counter" or (name.endswith("_total") and value >= 0), f"no counter: {line}"
        key = (name, frozenset(labels.items()))
        assert key not in series, f"a series twice: {line}"
        series[key] = value
    assert helps.keys() == types.keys(), f"HELP or TYPE alone: {helps.keys() ^ types.keys()}"
    _check_histograms(series, types)
    return series, types


def total(series, name, **labels):
    """The sum over all series of this name that have these labels."""
    wanted = set(labels.items())
    found = [value for (sample, has), value in series.items() if sample == name and wanted <= has]
    assert found, f"no series {name} with {labels}"
    return sum(found)
