#include "base/time.h"

#include <time.h>

#include "base/secret.h"

static int64_t
clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

int64_t
realtime_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

double
elapsed_ms(int64_t start_us)
{
	return (double)(monotonic_us() - start_us) / 1000.0;
}

int64_t
backoff_ms(int64_t first_ms, int64_t max_ms, int attempt)
{
	int64_t delay = first_ms > 0 ? first_ms : 1;

	for (int i = 1; i < attempt && delay < max_ms; i++)
		delay = delay > max_ms / 2 ? max_ms : delay * 2;
	if (delay > max_ms)
		delay = max_ms;
	if (delay <= 0)
		return 0;

	/* jitter, so that many who failed together do not come back together */
	uint64_t random;
	random_bytes(&random, sizeof random);
	int64_t half = delay / 2;
	return delay - (int64_t)(random % (uint64_t)(half + 1));
}

uint32_t
serial_of_day(int64_t realtime_us)
{
	int64_t seconds = realtime_us / 1000000 - (realtime_us % 1000000 < 0);
	time_t when = (time_t)seconds;
	struct tm day;

	gmtime_r(&when, &day);
	return (uint32_t)((day.tm_year + 1900) * 1000000 + (day.tm_mon + 1) * 10000 +
			  day.tm_mday * 100);
}
