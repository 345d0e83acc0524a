"""Date and time formats for French: mar. 3 nov., 14:05."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y H:i"
MONTH_DAY_FORMAT = "D. j N"
SHORT_DATE_FORMAT = "D. j N Y"
