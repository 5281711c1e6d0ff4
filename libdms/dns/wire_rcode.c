/* Names of response codes (RFC 1035, RFC 2136, RFC 6891). */
#include <stdio.h>

#include "dns/wire.h"

const char *
dns_rcode_name(int rcode)
{
	static const char *const names[] = {
	    "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
	    "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE", "DSOTYPENI",
	};
	static _Thread_local char number[24];
	if (rcode >= 0 && (size_t)rcode < sizeof names / sizeof names[0])
		return names[rcode];
	if (rcode == 16)
		return "BADVERS";
	snprintf(number, sizeof number, "RCODE%d", rcode);
	return number;
}
