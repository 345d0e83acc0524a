"""Date and time formats for English: Tue 3 Nov, 14:05. Django's own would give 3 p.m. and Nov. 3."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y H:i"
MONTH_DAY_FORMAT = "D j M"
SHORT_DATE_FORMAT = "D j M Y"
