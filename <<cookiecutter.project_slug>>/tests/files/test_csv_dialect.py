from __future__ import annotations

import csv
from pathlib import Path

import pytest

from << cookiecutter.package_name >>.console.errors import UserError
from << cookiecutter.package_name >>.files import csv_dialect

HEADER, ROWS = ["name", "b", "c"], [["ann", "1", "x"], ["bob", "2.5", "y, z"], ["cy", "", "w"]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "toys.csv"


def table(file: Path) -> list[list[str]]:
    dialect = csv_dialect.read_dialect(file)
    return [dialect.header, *dialect.rows(file)]


def written(file: Path, before: str = "", **how: str) -> Path:
    with file.open("w", newline="", encoding="utf-8") as lines:
        lines.write(before)
        csv.writer(lines, **how).writerows([HEADER, *ROWS])
    return file


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-32"]
)
def test_any_encoding_is_read(file: Path, encoding: str) -> None:
    file.write_bytes("größe,b\ngrün,1\n".encode(encoding))
    assert table(file) == [["größe", "b"], ["grün", "1"]]


def test_what_is_read_as_windows_1252_is_told(file: Path) -> None:
    file.write_bytes("a,b\ndas war „Spaß“,1\nÉ\xa0,2\n".encode("cp1252"))
    assert table(file)[1:] == [["das war „Spaß“", "1"], ["É\xa0", "2"]]
    assert csv_dialect.read_as_windows_1252(file) == "das war „Spaß“,1"
    file.write_text("a,ß\n1,2\n", encoding="utf-8")
    assert csv_dialect.read_as_windows_1252(file) == ""


def test_windows_writes_what_latin_1_cannot(file: Path) -> None:
    file.write_bytes("a,b\n5 €,„x“\n".encode("cp1252"))
    assert table(file) == [["a", "b"], ["5 €", "„x“"]]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a,b\né,1\nü,2\n".encode() + b"\xe9,3\n", "is in UTF-8, but for line 4"),
        (b"a,b\n1,2\n\x81,3\n", "line 3: neither UTF-8 nor Windows-1252"),
        ("a,b\n1,2\n".encode("utf-16-le"), "not in UTF-8"),
        (b"PK\x03\x04\0\0xlsx", "not a CSV file"),
        ("a,b\n1,é\n".encode("utf-16") + b"\x00", "not in UTF-16 as a whole"),
    ],
)
def test_other_encodings_are_refused(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UserError, match=told):
        table(file)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found(file: Path, delimiter: str) -> None:
    assert table(written(file, delimiter=delimiter)) == [HEADER, *ROWS]


def test_decimal_commas_are_no_delimiters(file: Path) -> None:
    file.write_text("a;b\n1,5;2,5\n3,5;4,5\n", encoding="utf-8")
    assert table(file) == [["a", "b"], ["1,5", "2,5"], ["3,5", "4,5"]]


@pytest.mark.parametrize(
    "before",
    [
        "\n",
        "\r\n \r\n",
        "sep=;\n",
        "\nsep=;\r\n",
        "# made by hand\n",
        "# made by hand; and well\n\n#\n",
        "Toys of 2024\n",
        "Toys of 2024\n\n",
    ],
)
def test_what_stands_before_the_header_is_left_out(file: Path, before: str) -> None:
    assert table(written(file, before, delimiter=";")) == [HEADER, *ROWS]


def test_blank_lines_are_left_out(file: Path) -> None:
    file.write_text("a,b\n1,2\n\n3,4\n\n", encoding="utf-8")
    assert table(file) == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_a_header_may_begin_with_a_number_sign(file: Path) -> None:
    file.write_text("#id,b\n1,2\n", encoding="utf-8")
    assert table(file)[0] == ["#id", "b"]


@pytest.mark.parametrize(
    "content", ["a,b\n1,2,\n3,4,\n", "a,b,\n1,2\n3,4\n"], ids=["in the rows", "in the header"]
)
def test_a_delimiter_at_the_end_is_no_column(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert table(file) == [["a", "b"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    "content",
    [
        "1,x\na,5\nb,6\n",
        "country,1990,1995\na,6,5\nb,8,7\n",
        "country,2023,2022\na,6,5\nb,8,7\n",
        "0.25,0.5,0.75\n5,6,1\n7,8,1\n",
        "x,0,1\na,5,6\nb,7,8\n",
    ],
)
def test_names_may_be_numbers(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert table(file) == [line.split(",") for line in content.split()]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", r"has no header: its first line, '5.1,3.5,setosa'"),
        ("39, Inc, 77516\n50, Private, 8331\n5, Inc, 9\n", "has no header"),
        ("red,small\nblue,small\nred,big\n", "has no header"),
        ("Toys of 2024,,\na,b,c\n1,2,3\n", r"'Toys of 2024,,', is a title"),
        ("a,b\n1,2,3,4\n1,2,3,4\n", r"its first line has 2 cells, 'a,b', but most lines have 4"),
        ("a,b\n1,2\n3\n", r"line 3: 1 cell where the header has 2: '3'"),
        ("a,b\n1,2\n3,4,5\n", r"line 3: 3 cells"),
        ("a,b\n1,2\n3,4,\n5,6\n", r"line 3: 3 cells"),
        ("a,b\n1,2,\n3,4,5\n", r"line 2: 3 cells"),
        ("a,b\n1,2\na,b\n3,4\n", r"line 3: the header once more"),
        (",a\n0,x\n,a\n1,y\n", r"line 3: the header once more"),
        ("a , b\nx,y\n\ufeffa , b\nz,w\n", r"line 3: the header once more"),
        ("age,notes\n1,20,\n2,21,\n3,22,\n", "first cell of each row has no name"),
        ('a,b\n1,"2\n3,4\n', r"not a CSV file: line 3: unexpected end of data"),
        ('a,b\n1,"2"3\n', r"not a CSV file: line 2: "),
        ("a,b,a \n1,2,3\n", "several columns named a; rename them"),
    ],
)
def test_what_cannot_be_read_is_shown(file: Path, content: str, told: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=told):
        table(file)


def test_a_column_without_a_name_gets_one(file: Path) -> None:
    file.write_text(",b\n1,2\n", encoding="utf-8")
    assert table(file) == [["column_1", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        "# a\n# b\n# c\nx;y;z\n1;2;3\n",
        "Report\n2024\nx;y;z\n1;2;3\n",
        ";;\nx;y;z\n1;2;3\n",
        "x;y;z\n1;2;3\n\x1a",
        "x;y;z\n  \n1;2;3\n  \n",
    ],
)
def test_what_is_no_row_does_not_outvote_the_rows(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert table(file) == [["x", "y", "z"], ["1", "2", "3"]]


def test_commas_in_names_are_no_delimiters(file: Path) -> None:
    file.write_text("size, cm;weight, kg\n1,5;1,7\n", encoding="utf-8")
    assert table(file) == [["size, cm", "weight, kg"], ["1,5", "1,7"]]


def test_a_blank_line_in_a_single_column_is_an_empty_cell(file: Path) -> None:
    file.write_text('x\n1\n\n""\n3\n\n', encoding="utf-8")
    assert table(file) == [["x"], ["1"], [""], [""], ["3"]]


def test_a_header_is_known_by_the_columns_that_are_expected(file: Path) -> None:
    file.write_text("2019,2020\n5,6\n7,8\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no header"):
        csv_dialect.read_dialect(file)
    assert csv_dialect.read_dialect(file, ["2020"]).header == ["2019", "2020"]


@pytest.mark.parametrize("size", [131_073, 3_000_000])
def test_a_cell_may_be_long(file: Path, size: int) -> None:
    file.write_text(f"a,b\n1,{'x' * size}\n2,y\n", encoding="utf-8")
    assert [len(row[1]) for row in table(file)] == [1, size, 1]
