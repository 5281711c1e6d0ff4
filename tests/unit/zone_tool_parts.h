/* The whole of zone_tool but its main. Included by one C file of a program. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zone_tool/arguments.c"
#include "zone_tool/call.c"
#include "zone_tool/central.c"
#include "zone_tool/change.c"
#include "zone_tool/check_zone.c"
#include "zone_tool/commands.c"
#include "zone_tool/complete.c"
#include "zone_tool/decode.c"
#include "zone_tool/edit.c"
#include "zone_tool/help.c"
#include "zone_tool/instance.c"
#include "zone_tool/interrupt.c"
#include "zone_tool/job.c"
#include "zone_tool/list.c"
#include "zone_tool/load_zones.c"
#include "zone_tool/lock.c"
#include "zone_tool/output.c"
#include "zone_tool/params.c"
#include "zone_tool/record.c"
#include "zone_tool/run.c"
#include "zone_tool/server.c"
#include "zone_tool/shell.c"
#include "zone_tool/syntax.c"
#include "zone_tool/terminal.c"
#include "zone_tool/update.c"
#include "zone_tool/zone.c"
#include "zone_tool/zone_file.c"
