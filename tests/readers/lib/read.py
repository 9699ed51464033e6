"""Reads an exported file of crashes in one of several ways and prints its rows as a JSON array of flat objects,
with extras as text.

read.py HOW FILE; HOW is csv, pandas-csv, json, json-lines, pandas-json-lines, or first-frame, which prints how
many bytes a one-shot reader finds.
"""

import csv
import gzip
import io
import json
import sys
import zlib


def open_bytes(path):
    if path.endswith(".gz"):
        return gzip.open(path)
    if path.endswith(".zst"):
        import zstandard

        # Without read_across_frames the first frame is taken for the whole file.
        return zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True)
    return open(path, "rb")


def open_text(path):
    # newline="": carriage returns within a text stay.
    return io.TextIOWrapper(io.BufferedReader(open_bytes(path)), encoding="utf-8", newline="")


def read_csv(path):
    csv.field_size_limit(1 << 20)
    with open_text(path) as file:
        return [dict(row) for row in csv.DictReader(file, strict=True)]


def read_pandas_csv(path):
    import pandas

    return pandas.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")


def with_extras_as_text(row):
    if row.get("extras") is not None:
        row["extras"] = json.dumps(row["extras"], ensure_ascii=False, separators=(",", ":"))
    return row


def read_json(path):
    with open_text(path) as file:
        elements = json.load(file)
    return [
        with_extras_as_text({**element, **crash}) for element in elements for crash in element.pop("crashes")
    ]


def read_json_lines(path):
    with open_text(path) as file:
        return [with_extras_as_text(json.loads(line)) for line in file]


def read_pandas_json_lines(path):
    import pandas

    # Not pandas.read_json, which refuses integers of more than 64 bits.
    with open_text(path) as file:
        frame = pandas.DataFrame(map(json.loads, file))
    frame = frame.astype(object).where(frame.notna(), None)
    return [with_extras_as_text(row) for row in frame.to_dict("records")]


def first_frame(path):
    with open(path, "rb") as file:
        packed = file.read()
    if path.endswith(".gz"):
        return len(zlib.decompressobj(31).decompress(packed))
    import zstandard

    return len(zstandard.ZstdDecompressor().decompress(packed))


HOW = {
    "csv": read_csv,
    "pandas-csv": read_pandas_csv,
    "json": read_json,
    "json-lines": read_json_lines,
    "pandas-json-lines": read_pandas_json_lines,
    "first-frame": first_frame,
}

json.dump(HOW[sys.argv[1]](sys.argv[2]), sys.stdout)
