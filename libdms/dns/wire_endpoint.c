/* Addresses of name servers as text: "192.0.2.1:53", "[2001:db8::1]:53". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dns/wire.h"
#include "dns/wire_peer.h"

/* 1..65535, digits only. */
static bool
port_parse(const char *text, in_port_t *port)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 5 || text[digits] != '\0')
		return false;
	long value = strtol(text, NULL, 10);
	if (value < 1 || value > 65535)
		return false;
	*port = htons((uint16_t)value);
	return true;
}

/* Cuts "host:port" or "[host]:port". `host` holds INET6_ADDRSTRLEN bytes. */
static bool
split(const char *text, char *host, const char **port, bool *is_bracketed)
{
	*is_bracketed = text[0] == '[';
	const char *start = text + (*is_bracketed ? 1 : 0);
	const char *end = strchr(start, *is_bracketed ? ']' : ':');
	if (end == NULL || end - start >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	if (*is_bracketed)
		end++;
	if (*end != ':')
		return false;
	*port = end + 1;
	return true;
}

dms_error *
endpoint_parse(const char *text, struct sockaddr_storage *address, socklen_t *size)
{
	char host[INET6_ADDRSTRLEN];
	const char *port;
	bool is_bracketed, is_good = false;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	*address = (struct sockaddr_storage){0};
	if (!split(text, host, &port, &is_bracketed)) {
		is_good = false;
	} else if (is_bracketed) {
		v6->sin6_family = AF_INET6;
		is_good = inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 &&
			  port_parse(port, &v6->sin6_port);
	} else {
		v4->sin_family = AF_INET;
		is_good =
		    inet_pton(AF_INET, host, &v4->sin_addr) == 1 && port_parse(port, &v4->sin_port);
	}
	if (!is_good)
		return dms_error_new(DMS_E_CONFIG,
				     "'%s' is not an address with a port, like 192.0.2.1:53 or "
				     "[2001:db8::1]:53",
				     text);
	*size = endpoint_size(address);
	return NULL;
}

socklen_t
endpoint_size(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					      : sizeof(struct sockaddr_in);
}

char *
endpoint_print(TALLOC_CTX *mem, const struct sockaddr_storage *address)
{
	char host[INET6_ADDRSTRLEN] = "?";
	if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		return talloc_asprintf(mem, "[%s]:%u", host, ntohs(v6->sin6_port));
	}
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
	return talloc_asprintf(mem, "%s:%u", host, ntohs(v4->sin_port));
}
