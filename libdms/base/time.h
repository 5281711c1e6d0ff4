/* Clocks. Wall-clock times that matter come from PostgreSQL; these are for timers and durations. */
#pragma once

#include <stdint.h>

int64_t monotonic_us(void); /* CLOCK_MONOTONIC, microseconds */
int64_t realtime_us(void);  /* microseconds since 1970, UTC */
/* Milliseconds since `start_us` of monotonic_us(), with fraction. */
double elapsed_ms(int64_t start_us);
/* Capped exponential back-off with jitter: a random value in [d/2, d], d = min(first *
 * 2^(attempt-1), max). attempt counts from 1. Milliseconds. */
int64_t backoff_ms(int64_t first_ms, int64_t max_ms, int attempt);
/* YYYYMMDD00 of the given UTC time: today's first serial. */
uint32_t serial_of_day(int64_t realtime_us);
