/* What the files of reverse-ptr share. */
#pragma once

#include "sm/sm.h"

extern const struct sm_machine reverse_machine;
extern const struct sm_handler on_zone_saved; /* ReverseZoneSaved */
