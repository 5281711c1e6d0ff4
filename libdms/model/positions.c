/* Sparse positions: the order of a text in as few changed rows as may be. */
#include "model/content.h"

#define GAP   POSITION_GAP
#define SHIFT 8 /* when there is no room, and what follows must move */
#define LAST  POSITION_LAST

/* Marks a longest rising run of kept[] (entries of -1 left out): those rows stay where they are.
 * Patience sorting; n log n. */
static bool *
rising(TALLOC_CTX *mem, const int *kept, size_t count)
{
	bool *stays = talloc_zero_array(mem, bool, count);
	size_t *tail =
	    talloc_array(mem, size_t, count + 1); /* tail[k]: end of the best run of k + 1 */
	size_t *before = talloc_array(mem, size_t, count + 1);
	size_t length = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < 0)
			continue;
		size_t low = 0, high = length;
		while (low < high) {
			size_t middle = (low + high) / 2;
			if (kept[tail[middle]] < kept[i])
				low = middle + 1;
			else
				high = middle;
		}
		before[i] = low == 0 ? SIZE_MAX : tail[low - 1];
		tail[low] = i;
		if (low == length)
			length++;
	}
	for (size_t i = length == 0 ? SIZE_MAX : tail[length - 1]; i != SIZE_MAX; i = before[i])
		stays[i] = true;
	return stays;
}

/* Gives records [from, to) places after `last`, before `next` (-1: nothing follows). */
static int
place_run(int *positions, size_t from, size_t to, int last, int next)
{
	int64_t step = GAP;
	if (next >= 0) {
		step = ((int64_t)next - last) / (int64_t)(to - from + 1);
		step = step > GAP ? GAP : step == 0 ? SHIFT : step;
	}
	for (size_t i = from; i < to; i++)
		positions[i] = last += (int)step;
	return last;
}

/* False when the numbers run out. */
static bool
place_all(int *positions, const int *kept, const bool *stays, size_t count)
{
	int last = 0;
	for (size_t i = 0; i < count;) {
		if (stays[i] && kept[i] > last) {
			positions[i] = last = kept[i];
			i++;
			continue;
		}
		size_t to = i + 1;
		while (to < count && !(stays[to] && kept[to] > last))
			to++;
		if ((int64_t)last + (int64_t)(to - i) * GAP > LAST)
			return false;
		last = place_run(positions, i, to, last, to < count ? kept[to] : -1);
		i = to;
	}
	return true;
}

int *
positions_assign(TALLOC_CTX *mem, const int *kept, size_t count)
{
	int *positions = talloc_zero_array(mem, int, count);
	TALLOC_CTX *scratch = talloc_new(NULL);
	if (!place_all(positions, kept, rising(scratch, kept, count), count))
		for (size_t i = 0; i < count; i++)
			positions[i] = (int)((i + 1) * (count < LAST / GAP ? GAP : 1));
	talloc_free(scratch);
	return positions;
}
