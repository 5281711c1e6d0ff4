/* reverse-ptr: automatic PTR records in the reverse zones that DMS hosts. */
#include "reverse_ptr.h"

#include "sm/daemon.h"

static const struct sm_transition transitions[] = {
    SM_ON("", "ReverseZoneSaved", on_zone_saved, "", "looks at the addresses of a saved zone"),
    {0},
};

/* Stateless: events of one forward zone run in order, that is all. */
const struct sm_machine reverse_machine = {.name = "reverse", .transitions = transitions};

static const struct sm_machine *const machines[] = {&reverse_machine, NULL};

int
main(int argc, char **argv)
{
	return sm_daemon_main(argc, argv,
			      &(struct sm_daemon){
				  .program = PROGRAM_REVERSE_PTR,
				  .summary = "automatic reverse DNS: makes PTR records for the "
					     "addresses of saved zones",
				  .machines = machines,
			      });
}
