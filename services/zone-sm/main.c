/* zone-sm: owns every zone's life cycle and publishes zones to the hidden master. */
#include "zone_sm.h"

#include "sm/daemon.h"

static const struct sm_machine *const machines[] = {&zone_machine, NULL};

int
main(int argc, char **argv)
{
	return sm_daemon_main(argc, argv,
			      &(struct sm_daemon){
				  .program = PROGRAM_ZONE_SM,
				  .summary = "zone state machine: owns the life of every zone and "
					     "publishes it to the hidden master",
				  .machines = machines,
			      });
}
