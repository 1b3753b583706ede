import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.ingest.number_formats import BUILT_IN, show_number, show_text

DOLLARS = '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)'
ACCOUNTS = BUILT_IN[43]


@pytest.mark.parametrize(
    ("raw", "code", "shown"),
    [
        ("0.1", "General", "0.1"),
        ("0.30000000000000004", "General", "0.3"),
        ("-3", "General", "-3"),
        ("123456789012", "General", "123456789012"),
        ("1e20", "General", "1E+20"),
        ("1.5e-12", "General", "1.5E-12"),
        ("0.00001", "General", "0.00001"),
        ("7", '"No. "General', "No. 7"),
        ("7", "", "7"),
        ("7", "@", "7"),
        ("1599.99", "#,##0.00", "1,599.99"),
        ("1599.99", DOLLARS, "$1,599.99"),
        ("-1599.99", DOLLARS, "($1,599.99)"),
        ("0", ACCOUNTS, "-"),
        ("1234567", "#,##0,", "1,235"),
        ("1234567", '0.0,,"M"', "1.2M"),
        ("1234567", "0.0,", "1234.6"),
        ("5551234567", "(000) 000-0000", "(555) 123-4567"),
        ("12", "000", "012"),
        ("12", '0 "kg"', "12 kg"),
        ("12", '"open', "open"),
        ("0", "#", ""),
        ("0.5", "#.##", ".5"),
        ("12.5", ".00", "12.50"),
        ("0.5", "?.??", ".5"),
        ("1.5", "0.0#", "1.5"),
        ("1.25", '0.0" or "0', "1.2 or 5"),
        ("-0.001", "0.00", "0.00"),
        ("2.675", "0.00", "2.68"),
        ("19.989999999999998", '0\\ "dollars and"\\ .00\\ "cents"', "19 dollars and .99 cents"),
        ("0.025", "0%", "3%"),
        ("0.025", "0.00%", "2.50%"),
        ("198356388", "0.00E+00", "1.98E+08"),
        ("-198356388", "0.00E+00", "-1.98E+08"),
        ("0.00012", "0.0E-0", "1.2E-4"),
        ("12345.678", "##0.0E+0", "12.3E+3"),
        ("9.999", "0.0E+0", "1.0E+1"),
        ("0", "0.0E+0", "0.0E+0"),
        ("2.5", "# ?/?", "2 1/2"),
        ("0.5", "# ?/?", "1/2"),
        ("3.999", "# ?/?", "4"),
        ("0", "# ?/?", "0"),
        ("0.75", "# ??/100", "75/100"),
        ("1.75", "?/8", "14/8"),
        ("-0.333333333", "# ??/??", "-1/3"),
        ("50", '[<100]0" small";[>=100]0" big"', "50 small"),
        ("500", '[<100]0" small";[>=100]0" big"', "500 big"),
        ("-7", '[>0]0;[<0]0" owed";0', "7 owed"),
        ("5", '[>10]0;[>20]0" much"', "5 much"),
        ("1234.5", "[$€-407] #,##0.00", "€ 1,234.50"),
        ("-1234.5", "#,##0.00 [$€-407]", "-1,234.50 €"),
        ("-5", "0;;", ""),
        ("3", ";;;", ""),
        ("3", '"yes";"no";"none"', "yes"),
        ("0", '"yes";"no";"none"', "none"),
        ("1", "yyyy-mm-dd", "1900-01-01"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("45000", "dd.mm.yyyy", "15.03.2023"),
        ("45000.5", 'yyyy"年"m"月"d"日"', "2023年3月15日"),
        ("40089.8479", "m/d/yy", "10/3/09"),
        ("39219.8479", "d-mmm-yy", "17-May-07"),
        ("39219.8479", "ddd, mmmmm bbbb e g", "Thu, M 2550 2007"),
        ("39219.18056369212", '"At"\\ h:mm\\ AM/PM\\ "on"\\ dddd\\ mmmm\\ d","\\ yyyy', "At 4:20 AM on Thursday May 17, 2007"),
        ("0.76", "hh:mm A/P", "06:14 P"),
        ("0.99999999", "h:mm:ss", "0:00:00"),
        ("0.0105", "mm:ss.0", "15:07.2"),
        ("0.0105", "mm:ss.000", "15:07.200"),
        ("1.5", "[h]:mm:ss", "36:00:00"),
        ("-1.5", "[h]:mm", "-36:00"),
        ("0.0105", "[mm]:ss", "15:07"),
        ("0.0105", "[ss]", "907"),
        ("-5", "yyyy-mm-dd", "-5"),
        ("99999999", "yyyy-mm-dd", "99999999"),
        ("words", "0.00", "words"),
        ("nan", "0.00", "nan"),
        ("1e999", "0.00", "1e999"),
    ],
)
def test_a_number_is_shown_as_the_sheet_shows_it(raw, code, shown):
    assert " ".join(show_number(raw, code).split()) == shown


def test_a_calendar_may_begin_in_1904():
    assert show_number("0", "yyyy-mm-dd", since_1904=True) == "1904-01-01"


@pytest.mark.parametrize(("code", "shown"), [("@", "Bo"), ('"Mr. "@', "Mr. Bo"), ("0;0;0;@", "Bo"), ("0.00", "Bo"), ('0;"@"', "Bo")])
def test_text_is_shown_through_its_own_section(code, shown):
    assert show_text("Bo", code) == shown


def test_a_code_without_end_is_not_read_to_the_end():
    assert len(show_number("1", "0" * 100_000)) <= 1000


@given(st.floats().map(str) | st.text(max_size=20), st.text(alphabet='0#?.,%/E+-ymdhsAMP[]$<>="\\;@_* 9Geneal', max_size=30))
def test_no_code_and_no_number_is_an_error(raw, code):
    assert isinstance(show_number(raw, code), str)
    assert isinstance(show_text(raw, code), str)
