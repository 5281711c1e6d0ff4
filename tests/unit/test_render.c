/* rooms: dms_dns dms_base dms_proto */
/* Templates, file names and stanzas of the agent. The units under test belong to a program and are
 * compiled in. */

#include "agent_named.h"
#include "testing.h"
#undef FILE_MODE
#undef DIR_MODE
#include "server-agent/bind9/render.c"
#include "server-agent/bind9/zonefile.c"
#include "server-agent/template.c"

static dms_error *
two_keys(void *arg, TALLOC_CTX *mem, const char *key, const char **value)
{
	if (strcmp(key, "zone") == 0)
		*value = "example.org";
	if (strcmp(key, "empty") == 0)
		*value = "";
	return NULL;
}

static void
keys_and_percent_signs(void **state)
{
	static const struct {
		const char *body, *text;
	} cases[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"100%% of %(zone)s", "100% of example.org"},
	    {"%(zone)s%(empty)s%(zone)s", "example.orgexample.org"},
	    {"%%(zone)s", "%(zone)s"},
	};
	TALLOC_CTX *mem = talloc_new(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;
		ok(template_expand(mem, "t", cases[i].body, two_keys, NULL, &text));
		assert_string_equal(text, cases[i].text);
	}
	talloc_free(mem);
}

static void
mistakes_are_named_with_their_place(void **state)
{
	static const struct {
		const char *body, *message;
	} cases[] = {
	    {"a\nb %(nme)s", "template zone.conf line 2: unknown key nme"},
	    {"50%", "template zone.conf line 1: % must be followed by % or (key)s"},
	    {"\n\n%(zone", "template zone.conf line 3: %( without its )s"},
	    {"%(zone)d", "template zone.conf line 1: %( without its )s"},
	    {"%(zo\nne)s", "template zone.conf line 1: %( without its )s"},
	    {"%()s", "template zone.conf line 1: unknown key "},
	};
	TALLOC_CTX *mem = talloc_new(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;
		dms_error *error =
		    template_expand(mem, "zone.conf", cases[i].body, two_keys, NULL, &text);
		assert_non_null(error);
		assert_int_equal(error->id, DMS_E_TEMPLATE);
		assert_string_equal(error->message, cases[i].message);
		dms_error_free(error);
	}
	talloc_free(mem);
}

static void
a_stanza_fits_on_one_line(void **state)
{
	char text[] =
	    "type primary; # why\n\n\tfile \"a  # b // c\";\n// gone\n/* this\ntoo */ notify no;\n";
	template_squeeze(text);
	assert_string_equal(text, "type primary; file \"a  # b // c\"; notify no;");
	char open[] = "a /* never ends";
	template_squeeze(open);
	assert_string_equal(open, "a");
	char quote[] = "a \"never ends";
	template_squeeze(quote);
	assert_string_equal(quote, "a \"never ends");
}

static void
file_names_are_safe_and_differ(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char long_a[256] = "", long_b[256] = "";
	char *path = zone_file_path(mem, "/z", "0/25.2.0.192.in-addr.arpa.");
	assert_string_equal(path + 6, "0=2f25.2.0.192.in-addr.arpa.zone");
	assert_int_equal(path[5], '/');
	assert_string_equal(zone_file_path(mem, "/z", ".") + 6, "=2e.zone");
	assert_string_equal(zone_file_path(mem, "/z", "../../etc.") + 6, "=2e.=2f..=2fetc.zone");
	for (int i = 0; i < 25; i++)
		strcat(long_a, "nine-char.");
	snprintf(long_b, sizeof(long_b), "%s", long_a);
	long_b[245] = 'x';
	char *a = zone_file_path(mem, "/z", long_a), *b = zone_file_path(mem, "/z", long_b);
	assert_string_not_equal(a, b);
	assert_true(strlen(strrchr(a, '/')) < 220);
	talloc_free(mem);
}

/* Settings as a master has them. */
struct fixture {
	Dms__Settings settings;
	Dms__TsigKey update, transfer, *keys[2];
	Dms__Acl acl, *acls[1];
	Dms__Template zone, signed_zone, *templates[2];
	Dms__Settings__ValuesEntry value, *values[1];
	char *addresses[2];
	struct dms_config config;
	struct renderer renderer;
};

static void
make(struct fixture *f)
{
	*f = (struct fixture){0};
	dms__settings__init(&f->settings);
	dms__tsig_key__init(&f->update);
	dms__tsig_key__init(&f->transfer);
	dms__acl__init(&f->acl);
	dms__template__init(&f->zone);
	dms__template__init(&f->signed_zone);
	dms__settings__values_entry__init(&f->value);
	f->transfer.name = f->acl.key = "sg-a.";
	f->update.name = "update.";
	f->transfer.purpose = "transfer";
	f->update.purpose = "update";
	f->update.algorithm = f->transfer.algorithm = "hmac-sha256";
	f->update.secret.data = f->transfer.secret.data = (uint8_t *)"abc";
	f->update.secret.len = f->transfer.secret.len = 3;
	f->acl.sg = "a";
	f->zone.name = TEMPLATE_ZONE;
	f->signed_zone.name = TEMPLATE_ZONE_DNSSEC;
	f->value.key = "colour";
	f->value.value = "blue";
	f->addresses[0] = "192.0.2.1 5300";
	f->addresses[1] = "2001:db8::1";
	memcpy(f->keys, (Dms__TsigKey *[]){&f->transfer, &f->update}, sizeof(f->keys));
	memcpy(f->acls, (Dms__Acl *[]){&f->acl}, sizeof(f->acls));
	memcpy(f->templates, (Dms__Template *[]){&f->zone, &f->signed_zone}, sizeof(f->templates));
	memcpy(f->values, (Dms__Settings__ValuesEntry *[]){&f->value}, sizeof(f->values));
	f->settings.keys = f->keys;
	f->settings.n_keys = 2;
	f->settings.acls = f->acls;
	f->settings.n_acls = 1;
	f->settings.templates = f->templates;
	f->settings.n_templates = 2;
	f->settings.values = f->values;
	f->settings.n_values = 1;
	f->settings.master_addresses = f->addresses;
	f->settings.n_master_addresses = 2;
	f->config.named_zone_dir = "/z";
	f->config.named_config_dir = "/c";
	f->config.server_name = "ns1";
	f->config.notify_listen = "[::1]:5354";
	f->renderer = (struct renderer){&f->config, "a", "master", &f->settings};
}

static void
assert_stanza(struct fixture *f, const struct zone_class *class, const char *body,
	      const char *wanted)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *stanza;
	uint64_t digest;
	f->zone.body = (char *)body;
	ok(render_zone(&f->renderer, mem, "example.org.", class, &stanza, &digest));
	assert_string_equal(stanza, wanted);
	assert_true(digest != 0);
	talloc_free(mem);
}

static void
every_key_has_its_value(void **state)
{
	struct fixture f;
	const char *sgs[] = {"a", "gone"};
	struct zone_class class = {.zone_type = "dynamic", .sgs = {2, sgs}};
	struct zone_class lonely = {.zone_type = "dynamic"};
	make(&f);
	assert_stanza(&f, &class, "%(name)s %(zone_type)s %(colour)s", "example.org dynamic blue");
	assert_stanza(&f, &class, "%(transfer_keys)s", "key \"sg-a\";");
	assert_stanza(&f, &lonely, "%(transfer_keys)s", "none;");
	assert_stanza(&f, &class, "%(transfer_key)s %(update_key)s", "sg-a update");
	assert_stanza(&f, &class, "%(primaries)s",
		      "192.0.2.1 port 5300 key \"sg-a\"; 2001:db8::1 port 53 key \"sg-a\";");
	assert_stanza(&f, &class, "%(notify_address)s %(notify_port)s", "::1 5354");
	assert_stanza(&f, &class, "%(server_name)s %(sg)s %(role)s %(config_dir)s %(zone_dir)s",
		      "ns1 a master /c /z");
	assert_stanza(&f, &class, "%(acls)s", "acl \"a-servers\" { key \"sg-a\"; };");
	assert_stanza(&f, &class, "%(keys)s",
		      "key \"sg-a\" { algorithm \"hmac-sha256\"; secret \"YWJj\"; }; "
		      "key \"update\" { algorithm \"hmac-sha256\"; secret \"YWJj\"; };");
}

static void
signed_zones_have_a_template_of_their_own(void **state)
{
	struct fixture f;
	struct zone_class class = {.zone_type = "dynamic", .auto_dnssec = true};
	make(&f);
	f.signed_zone.body = "signed %(name)s";
	assert_stanza(&f, &class, "plain", "signed example.org");
	f.settings.n_templates = 1;
	assert_stanza(&f, &class, "plain", "plain");
}

static void
what_cannot_be_rendered_is_refused(void **state)
{
	struct fixture f;
	struct zone_class class = {.zone_type = "dynamic"};
	TALLOC_CTX *mem = talloc_new(NULL);
	static const struct {
		const char *key, *address, *body, *says;
	} cases[] = {
	    {"a\"; evil \"", "192.0.2.1", "%(keys)s", "cannot be quoted"},
	    {"a", "192.0.2.1 0", "%(primaries)s", "\"address port\""},
	    {"a", "192.0.2.1 53x", "%(primaries)s", "\"address port\""},
	    {"a", "localhost", "%(primaries)s", "\"address port\""},
	    {"a", "192.0.2.1", "%(nothing)s", "unknown key nothing"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *stanza;
		uint64_t digest;
		make(&f);
		f.transfer.name = (char *)cases[i].key;
		f.addresses[0] = (char *)cases[i].address;
		f.zone.body = (char *)cases[i].body;
		dms_error *error =
		    render_zone(&f.renderer, mem, "example.org.", &class, &stanza, &digest);
		assert_non_null(error);
		if (strstr(error->message, cases[i].says) == NULL)
			fail_msg("%s", error->message);
		dms_error_free(error);
	}
	char *text;
	dms_error *error = render_settings(&f.renderer, mem, TEMPLATE_OPTIONS, &text);
	assert_string_equal(error->message, "the settings hold no template options.conf");
	dms_error_free(error);
	talloc_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_and_percent_signs),
	    cmocka_unit_test(mistakes_are_named_with_their_place),
	    cmocka_unit_test(a_stanza_fits_on_one_line),
	    cmocka_unit_test(file_names_are_safe_and_differ),
	    cmocka_unit_test(every_key_has_its_value),
	    cmocka_unit_test(signed_zones_have_a_template_of_their_own),
	    cmocka_unit_test(what_cannot_be_rendered_is_refused),
	};
	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
