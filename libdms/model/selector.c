/* Selectors of instances, from text to a base and steps. */
#include "model/selector.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FORMS                                                                         \
	"wanted is ^, an id, either with -n or +n; @2d (s m h d w); HH:MM; DD/MM; "   \
	"DD/MM/YYYY or YYYY-MM-DD, these two also with ,HH:MM; times with am or pm, " \
	"if you like"
#define NUMBER_MAX 1000000000000000LL

static dms_error *
bad(enum dms_err id, const char *text, const char *why)
{
	return dms_error_put_str(dms_error_new(id, "instance '%.80s': %s; " FORMS, text, why),
				 "zi_id", text);
}

/* Digits at the front of `*at`, at most `digits_max` of them; false when there are none or more. */
static bool
take_number(const char **at, int digits_max, int64_t *number)
{
	int digits = 0;
	*number = 0;
	for (; isdigit((unsigned char)**at); (*at)++) {
		if (++digits > digits_max)
			return false;
		*number = *number * 10 + (**at - '0');
	}
	return digits > 0;
}

static bool
take_int(const char **at, int digits_max, int *number)
{
	int64_t wide = 0;
	bool is_number = take_number(at, digits_max, &wide);
	*number = (int)wide;
	return is_number;
}

/* "", "---", "-4", "+2" */
static dms_error *
take_steps(const char *text, const char *at, int64_t *steps)
{
	int64_t number = 0;
	char sign = *at;
	*steps = 0;
	if (sign == '\0')
		return NULL;
	if (sign != '-' && sign != '+')
		return bad(DMS_E_ZI_ID_ADJ_STRING_SYNTAX, text, "steps begin with - or +");
	size_t signs = strspn(at, sign == '-' ? "-" : "+");
	const char *rest = at + signs;
	if (*rest == '\0')
		number = (int64_t)signs;
	else if (signs > 1 || !take_number(&rest, 9, &number) || *rest != '\0')
		return bad(DMS_E_ZI_ID_ADJ_STRING_SYNTAX, text,
			   "steps are signs alone, or one sign and a number");
	*steps = sign == '-' ? -number : number;
	return NULL;
}

static int
unit_seconds(char unit)
{
	switch (tolower((unsigned char)unit)) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

/* "@1.5h" */
static dms_error *
parse_ago(const char *text, struct zi_selector *selector)
{
	const char *at = text + 1;
	size_t size = strspn(at, "0123456789.");
	char number[32], *end = NULL;
	if (size == 0 || size >= sizeof(number) || (size == 1 && *at == '.'))
		return bad(DMS_E_ZI_ID_TIME_AMOUNT_SYNTAX, text, "a number must follow the @");
	memcpy(number, at, size);
	number[size] = '\0';
	double amount = strtod(number, &end);
	if (*end != '\0' || amount > 1e9)
		return bad(DMS_E_ZI_ID_TIME_AMOUNT_SYNTAX, text, "that is no amount of time");
	int seconds = unit_seconds(at[size]);
	if (seconds == 0 || at[size + 1] != '\0')
		return bad(DMS_E_ZI_ID_TIME_UNIT_SYNTAX, text,
			   "the unit is one of s, m, h, d and w");
	selector->base = ZI_AGO;
	selector->seconds = amount * seconds;
	return NULL;
}

/* "14:30", "2:30pm", "12:05 a" to the end of the text. */
static bool
take_time(const char *at, int *hour, int *minute)
{
	if (!take_int(&at, 2, hour) || *at != ':')
		return false;
	at++;
	const char *minutes = at;
	if (!take_int(&at, 2, minute) || at - minutes != 2 || *minute > 59)
		return false;
	at += strspn(at, " ");
	if (*at == '\0')
		return *hour <= 23;
	bool is_pm = tolower((unsigned char)*at) == 'p';
	if (!is_pm && tolower((unsigned char)*at) != 'a')
		return false;
	at++;
	if (tolower((unsigned char)*at) == 'm')
		at++;
	/* "14:30pm" says the same thing twice; "14:30am" and "0:30pm" contradict themselves. */
	if (*at != '\0' || *hour > 23 || (*hour > 12 && !is_pm) || (*hour == 0 && is_pm))
		return false;
	if (*hour <= 12)
		*hour = *hour % 12 + (is_pm ? 12 : 0);
	return true;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool
is_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && is_leap(year));
}

static void
set_at(struct zi_selector *selector, int year, int month, int day, int hour, int minute)
{
	selector->base = ZI_AT;
	snprintf(selector->at, sizeof(selector->at), "%04d-%02d-%02d %02d:%02d:00", year, month,
		 day, hour, minute);
}

/* The day before, for a time of day that is still ahead. */
static void
day_before(int *year, int *month, int *day)
{
	if (--*day > 0)
		return;
	if (--*month == 0) {
		*month = 12;
		--*year;
	}
	*day = 31;
	while (!is_date(*year, *month, *day))
		--*day;
}

static dms_error *
parse_time_of_day(const char *text, const struct zi_clock *now, struct zi_selector *selector)
{
	int hour = 0, minute = 0;
	int year = now->year, month = now->month, day = now->day;
	if (!take_time(text, &hour, &minute))
		return bad(DMS_E_ZI_ID_HH_MM_SYNTAX, text, "that is no time of day");
	if (hour * 60 + minute > now->hour * 60 + now->minute)
		day_before(&year, &month, &day);
	set_at(selector, year, month, day, hour, minute);
	return NULL;
}

/* What may follow a full date: nothing, or ",HH:MM". */
static dms_error *
parse_rest_of_date(const char *text, const char *at, int year, int month, int day,
		   struct zi_selector *selector)
{
	int hour = 0, minute = 0;
	if (!is_date(year, month, day))
		return bad(DMS_E_ZI_ID_HH_MM_SYNTAX, text, "there is no such day");
	if (*at == ',' && !take_time(at + 1, &hour, &minute))
		return bad(DMS_E_ZI_ID_HH_MM_SYNTAX, text,
			   "what follows the comma is no time of day");
	set_at(selector, year, month, day, hour, minute);
	return NULL;
}

/* "1/4": this year's, or last year's if that is still ahead (or, 29/2, does not exist). */
static dms_error *
finish_day_month(const char *text, const struct zi_clock *now, int day, int month,
		 struct zi_selector *selector)
{
	int year = now->year;
	bool is_ahead = month > now->month || (month == now->month && day > now->day);
	if (is_ahead || !is_date(year, month, day))
		year--;
	if (!is_date(year, month, day))
		return bad(DMS_E_ZI_ID_DD_SLASH_MM_SYNTAX, text, "there is no such day");
	set_at(selector, year, month, day, 0, 0);
	return NULL;
}

static dms_error *
parse_slashes(const char *text, const struct zi_clock *now, struct zi_selector *selector)
{
	const char *at = text;
	int day = 0, month = 0, year = 0;
	bool has_year = strchr(strchr(text, '/') + 1, '/') != NULL;
	enum dms_err id = has_year ? DMS_E_ZI_ID_DD_MM_YYYY_SYNTAX : DMS_E_ZI_ID_DD_SLASH_MM_SYNTAX;
	if (!take_int(&at, 2, &day) || *at++ != '/' || !take_int(&at, 2, &month))
		return bad(id, text, "that is no date");
	if (!has_year)
		return *at != '\0' ? bad(id, text, "a time needs a date with its year")
				   : finish_day_month(text, now, day, month, selector);
	const char *digits = ++at;
	if (!take_int(&at, 4, &year) || (at - digits != 2 && at - digits != 4) ||
	    (*at != '\0' && *at != ','))
		return bad(id, text, "that is no date");
	if (at - digits == 2)
		year += year >= 70 ? 1900 : 2000;
	return parse_rest_of_date(text, at, year, month, day, selector);
}

static dms_error *
parse_iso(const char *text, struct zi_selector *selector)
{
	const char *at = text;
	int year = 0, month = 0, day = 0;
	if (!take_int(&at, 4, &year) || at - text != 4 || *at++ != '-' ||
	    !take_int(&at, 2, &month) || *at++ != '-' || !take_int(&at, 2, &day) ||
	    (*at != '\0' && *at != ','))
		return bad(DMS_E_ZI_ID_ISO_DATE_SYNTAX, text, "that is no date");
	return parse_rest_of_date(text, at, year, month, day, selector);
}

/* Digits, dash, digits, dash: a date, however it goes on. */
static bool
looks_like_iso(const char *text)
{
	size_t first = strspn(text, "0123456789");
	if (first == 0 || text[first] != '-')
		return false;
	size_t second = strspn(text + first + 1, "0123456789");
	const char *rest = text + first + 1 + second;
	return second > 0 && (*rest == '-' || *rest == ',');
}

static dms_error *
parse_id(const char *text, struct zi_selector *selector)
{
	const char *at = text;
	if (!take_number(&at, 18, &selector->id) || selector->id > NUMBER_MAX)
		return bad(DMS_E_ZI_ID_SYNTAX, text, "that is not understood");
	if (*at != '\0' && *at != '-' && *at != '+')
		return bad(DMS_E_ZI_ID_SYNTAX, text, "that is not understood");
	selector->base = selector->id == 0 ? ZI_PUBLISHED : ZI_ID;
	return take_steps(text, at, &selector->steps);
}

static dms_error *
parse_trimmed(const char *text, const struct zi_clock *now, struct zi_selector *selector)
{
	if (text[0] == '\0')
		return NULL;
	if (text[0] == '^')
		return take_steps(text, text + 1, &selector->steps);
	if (text[0] == '@')
		return parse_ago(text, selector);
	if (strchr(text, '/') != NULL)
		return parse_slashes(text, now, selector);
	if (looks_like_iso(text))
		return parse_iso(text, selector);
	if (strchr(text, ':') != NULL)
		return parse_time_of_day(text, now, selector);
	return parse_id(text, selector);
}

dms_error *
zi_selector_parse(const char *text, const struct zi_clock *now, struct zi_selector *selector)
{
	char trimmed[64];
	*selector = (struct zi_selector){.base = ZI_PUBLISHED};
	text += strspn(text, " \t");
	size_t size = strlen(text);
	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		size--;
	if (size >= sizeof(trimmed))
		return bad(DMS_E_ZI_ID_SYNTAX, text, "that is too long");
	memcpy(trimmed, text, size);
	trimmed[size] = '\0';
	return parse_trimmed(trimmed, now, selector);
}

bool
zi_selector_is_plain(const char *text)
{
	return text == NULL || strcmp(text, "^") == 0 || text[strspn(text, "0123456789")] == '\0';
}
