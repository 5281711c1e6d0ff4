/* Places on earth (RFC 1876). */
#include <stdio.h>
#include <string.h>

#include "dns/rdata_codec.h"

enum { LOC_SIZE = 16, SIZES = 3, DEGREE = 3600000, MINUTE = 60000, SECOND = 1000 };
#define EQUATOR       (1U << 31)
#define BELOW_SEA     10000000 /* centimetres from the bottom of the scale to the sea */
#define SIZE_MOST     9000000000
#define ALTITUDE_MOST ((int64_t)UINT32_MAX - BELOW_SEA)

/* Size, horizontal and vertical precision: 1 m, 10 km, 10 m. */
static const uint8_t default_sizes[SIZES] = {0x12, 0x16, 0x13};

static uint32_t
get_u32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
	       octets[3];
}

static void
put_u32(uint8_t *octets, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		octets[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* A digit and a power of ten of centimetres; zero has one form only. */
static bool
is_size(uint8_t octet)
{
	return octet == 0 || (octet >> 4 >= 1 && octet >> 4 <= 9 && (octet & 0xf) <= 9);
}

static bool
is_angle(uint32_t angle, uint32_t degrees)
{
	return angle >= EQUATOR - degrees * DEGREE && angle <= EQUATOR + degrees * DEGREE;
}

static int
loc_size(const uint8_t *rdata, size_t size)
{
	bool is_fine = size == LOC_SIZE && rdata[0] == 0 && is_size(rdata[1]) &&
		       is_size(rdata[2]) && is_size(rdata[3]) && is_angle(get_u32(rdata + 4), 90) &&
		       is_angle(get_u32(rdata + 8), 180);

	return is_fine ? LOC_SIZE : -1;
}

/* Digits with up to `decimals` behind a point, in units of the last decimal. */
static bool
read_decimal(const char *at, size_t size, int decimals, uint64_t most, uint64_t *value)
{
	bool has_point = false;
	int digits = 0;

	*value = 0;
	for (size_t i = 0; i < size; i++) {
		if (at[i] == '.' && !has_point && decimals > 0) {
			has_point = true;
			continue;
		}
		if (at[i] < '0' || at[i] > '9' || (has_point && decimals-- == 0))
			return false;
		*value = *value * 10 + (uint64_t)(at[i] - '0');
		digits++;
		if (*value > most)
			return false;
	}
	while (decimals-- > 0)
		*value *= 10;
	return digits > 0 && *value <= most;
}

static bool
is_letter(const struct token *token, char letter)
{
	return token->size == 1 && !token->is_quoted && (token->at[0] | 0x20) == letter;
}

/* Degrees, minutes, seconds, and the side of the equator or of Greenwich. */
static bool
encode_angle(struct encoder *encoder, uint32_t degrees, const char *sides, uint8_t *out)
{
	static const uint32_t units[] = {DEGREE, MINUTE, 1};
	const uint64_t most[] = {degrees, 59, 60 * SECOND - 1};
	const char *const reasons[] = {"degrees are a number up to 90 or 180",
				       "minutes are a number up to 59",
				       "seconds are a number below 60 with up to three decimals"};
	uint64_t angle = 0, value;

	for (size_t part = 0;; part++, encoder->token++) {
		const struct token *token = &encoder->text->tokens[encoder->token];
		if (encoder->token >= encoder->text->count)
			return fault_at(encoder->fault, encoder->token, "no %c or %c",
					sides[0] & ~0x20, sides[1] & ~0x20);
		if (part > 0 && (is_letter(token, sides[0]) || is_letter(token, sides[1]))) {
			encoder->token++;
			if (angle > (uint64_t)degrees * DEGREE)
				return fault_at(encoder->fault, encoder->token - 1,
						"more than %u degrees", degrees);
			put_u32(out, is_letter(token, sides[0]) ? EQUATOR + (uint32_t)angle
								: EQUATOR - (uint32_t)angle);
			return true;
		}
		if (part == 3 || token->is_quoted ||
		    !read_decimal(token->at, token->size, part == 2 ? 3 : 0, most[part], &value))
			return fault_at(encoder->fault, encoder->token, "%s",
					part == 3 ? "N, S, E or W is wanted" : reasons[part]);
		angle += value * units[part];
	}
}

/* Metres with up to two decimals and an "m" or none, in centimetres. */
static bool
read_metres(const struct token *token, uint64_t most, uint64_t *centimetres)
{
	size_t size = token->size;

	if (size > 1 && (token->at[size - 1] | 0x20) == 'm')
		size--;
	return !token->is_quoted && read_decimal(token->at, size, 2, most, centimetres);
}

static bool
encode_altitude(struct encoder *encoder, uint8_t *out)
{
	if (encoder->token >= encoder->text->count)
		return fault_at(encoder->fault, encoder->token, "the altitude is missing");
	struct token token = encoder->text->tokens[encoder->token];
	bool is_below = token.size > 0 && token.at[0] == '-';
	uint64_t value;

	token.at += is_below;
	token.size -= is_below;
	if (!read_metres(&token, is_below ? BELOW_SEA : ALTITUDE_MOST, &value))
		return fault_at(encoder->fault, encoder->token,
				"the altitude is metres from -100000.00 to 42849672.95");
	put_u32(out, (uint32_t)(is_below ? BELOW_SEA - value : BELOW_SEA + value));
	encoder->token++;
	return true;
}

static bool
encode_size(struct encoder *encoder, uint8_t *out)
{
	uint64_t value;
	uint8_t power = 0;

	if (!read_metres(&encoder->text->tokens[encoder->token], SIZE_MOST, &value))
		return fault_at(encoder->fault, encoder->token,
				"a size or precision is metres from 0 to 90000000.00");
	for (; value > 9; value /= 10)
		power++;
	*out = (uint8_t)(value << 4 | power);
	encoder->token++;
	return true;
}

static bool
encode(struct encoder *encoder)
{
	uint8_t loc[LOC_SIZE] = {0};

	memcpy(loc + 1, default_sizes, SIZES);
	if (!encode_angle(encoder, 90, "ns", loc + 4) ||
	    !encode_angle(encoder, 180, "ew", loc + 8) || !encode_altitude(encoder, loc + 12))
		return false;
	for (int i = 1; i <= SIZES && encoder->token < encoder->text->count; i++) {
		if (!encode_size(encoder, &loc[i]))
			return false;
	}
	return encode_octets(encoder, loc, LOC_SIZE);
}

static void
print_angle(struct printer *printer, uint32_t angle, const char *sides)
{
	bool is_first = angle >= EQUATOR;
	uint32_t size = is_first ? angle - EQUATOR : EQUATOR - angle;

	printer->out +=
	    sprintf(printer->out, "%u %u %u.%03u %c ", size / DEGREE, size % DEGREE / MINUTE,
		    size % MINUTE / SECOND, size % SECOND, sides[is_first ? 0 : 1]);
}

static void
print(struct printer *printer, const uint8_t *rdata, size_t size)
{
	int64_t altitude = (int64_t)get_u32(rdata + 12) - BELOW_SEA;
	uint64_t height = (uint64_t)(altitude < 0 ? -altitude : altitude);

	print_angle(printer, get_u32(rdata + 4), "NS");
	print_angle(printer, get_u32(rdata + 8), "EW");
	printer->out += sprintf(printer->out, "%s%u.%02um", altitude < 0 ? "-" : "",
				(unsigned)(height / 100), (unsigned)(height % 100));
	if (memcmp(rdata + 1, default_sizes, SIZES) == 0)
		return;
	for (int i = 1; i <= SIZES; i++) {
		uint64_t centimetres = rdata[i] >> 4;
		for (int power = rdata[i] & 0xf; power > 0; power--)
			centimetres *= 10;
		printer->out += sprintf(printer->out, " %u.%02um", (unsigned)(centimetres / 100),
					(unsigned)(centimetres % 100));
	}
}

const struct field_codec field_place = {'C', 4, false, loc_size, encode, print};
