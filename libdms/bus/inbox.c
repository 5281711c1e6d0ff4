/* Whose replies are whose: every NATS user gets its answers below a subject of its own, so that the
 * server's permissions can keep one from overhearing another's. An agent's answer to a pull holds
 * keys; nobody else may see it. */
#include <ctype.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "bus/internal.h"

#define INBOX        "_INBOX"
#define DNS_NAME_MAX 255

/* the certificate's first DNS name: what verify_and_map of the server takes for the user */
static bool
dns_name(X509 *certificate, char name[DNS_NAME_MAX + 1])
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool is_found = false;

	for (int i = 0; !is_found && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *entry = sk_GENERAL_NAME_value(names, i);
		if (entry->type != GEN_DNS || ASN1_STRING_length(entry->d.dNSName) > DNS_NAME_MAX ||
		    ASN1_STRING_length(entry->d.dNSName) == 0)
			continue;
		snprintf(name, DNS_NAME_MAX + 1, "%.*s", ASN1_STRING_length(entry->d.dNSName),
			 (const char *)ASN1_STRING_get0_data(entry->d.dNSName));
		is_found = true;
	}
	GENERAL_NAMES_free(names);
	return is_found;
}

/* "_INBOX.agent-ns1%example": one token, so that no user's subjects lie below another's */
char *
inbox_prefix(TALLOC_CTX *mem, const char *cert_file)
{
	char name[DNS_NAME_MAX + 1];
	FILE *file = fopen(cert_file, "re");
	X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	bool is_found = certificate != NULL && dns_name(certificate, name);

	X509_free(certificate);
	if (file != NULL)
		fclose(file);
	if (!is_found)
		return talloc_strdup(mem, INBOX);
	for (char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			*c = '%';
	return talloc_asprintf(mem, INBOX ".%s", name);
}
