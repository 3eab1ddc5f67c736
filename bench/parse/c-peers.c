/* sofia-sip and libosip2 at the work of the `parse` and `edit` benchmarks: CPU microseconds per message.
 *
 *   c-peers sofia-sip|libosip2 parse|edit FILE COUNT
 *
 * FILE has messages, each behind its length (4 bytes, least first). COUNT messages are worked on, the ones in FILE in turn, and the
 * microseconds per message are printed. With a COUNT of 0 what came of each is printed: a line of JSON with the fields that were read,
 * or the bytes written, again behind their length. */
#include <osipparser2/osip_parser.h>
#undef SP /* both libraries have one */
#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_protos.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COPIES 64
#define ROOM 65536

typedef struct {
  char *bytes;
  size_t length;
} message;

/* What a proxy must know of a message before it can route it. */
typedef struct {
  const char *method, *host, *via_host, *branch, *from_tag, *to_tag, *route_host;
  char call_id[256];
  long status, sequence, max_forwards;
} fields;

/* A parser: what it makes of bytes, which fields that has, the edits of a proxy written out, and its end. */
typedef struct {
  const char *name;
  void *(*parse)(const message *);
  void (*decode)(void *, fields *);
  size_t (*edit)(void *, char *, int);
  void (*destroy)(void *);
} library;

static void check(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "c-peers: %s\n", what);
  exit(1);
}

static double microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

/* ---- sofia-sip: all headers at once, its own memory per message */

static void *sofia_parse(const message *m) {
  msg_t *msg = msg_make(sip_default_mclass(), 0, m->bytes, m->length);
  check(msg != NULL && sip_object(msg) != NULL, "sofia-sip could not parse");
  return msg;
}

static void sofia_decode(void *parsed, fields *f) {
  const sip_t *sip = sip_object(parsed);
  f->method = sip->sip_request ? sip->sip_request->rq_method_name : NULL;
  f->status = sip->sip_status ? sip->sip_status->st_status : 0;
  f->host = sip->sip_request ? sip->sip_request->rq_url->url_host : NULL;
  f->via_host = sip->sip_via->v_host;
  f->branch = sip->sip_via->v_branch;
  f->from_tag = sip->sip_from->a_tag;
  f->to_tag = sip->sip_to->a_tag;
  snprintf(f->call_id, sizeof f->call_id, "%s", "");
  strncat(f->call_id, sip->sip_call_id->i_id, sizeof f->call_id - 1);
  f->sequence = sip->sip_cseq->cs_seq;
  f->max_forwards = sip->sip_max_forwards ? (long)sip->sip_max_forwards->mf_count : -1;
  f->route_host = sip->sip_route ? sip->sip_route->r_url->url_host : NULL;
}

static size_t sofia_edit(void *parsed, char *out, int branch) {
  static sip_record_route_t *route;
  static su_home_t home[1] = {SU_HOME_INIT(home)};
  if (route == NULL) route = sip_record_route_make(home, "<sip:198.51.100.7;lr>");
  msg_t *msg = parsed;
  sip_t *sip = sip_object(msg);
  msg_pub_t *pub = (msg_pub_t *)sip;
  char text[40];
  snprintf(text, sizeof text, "branch=z9hG4bK1d2c.%d", branch);
  sip_via_t *via = sip_via_create(msg_home(msg), "198.51.100.7", "5060", "SIP/2.0/UDP", text, NULL);
  msg_header_insert(msg, pub, (msg_header_t *)via);
  msg_header_insert(msg, pub, (msg_header_t *)sip_record_route_dup(msg_home(msg), route));
  sip->sip_max_forwards->mf_count--;
  msg_fragment_clear(sip->sip_max_forwards->mf_common);
  msg_header_remove(msg, pub, (msg_header_t *)sip->sip_route);
  check(msg_serialize(msg, pub) >= 0 && msg_prepare(msg) > 0, "sofia-sip could not write");
  msg_iovec_t pieces[128];
  isize_t count = msg_iovec(msg, pieces, 128);
  size_t length = 0;
  for (isize_t i = 0; i < count; i++) {
    memcpy(out + length, pieces[i].siv_base, pieces[i].siv_len);
    length += pieces[i].siv_len;
  }
  return length;
}

static void sofia_destroy(void *parsed) { msg_destroy(parsed); }

/* ---- libosip2: all headers at once, one allocation per piece */

static void *osip_parse(const message *m) {
  osip_message_t *sip;
  check(osip_message_init(&sip) == 0 && osip_message_parse(sip, m->bytes, m->length) == 0, "libosip2 could not parse");
  return sip;
}

static const char *osip_tag(osip_from_t *address) {
  osip_generic_param_t *tag = NULL;
  return osip_from_get_tag(address, &tag) == 0 ? tag->gvalue : NULL;
}

static osip_header_t *osip_max_forwards(osip_message_t *sip) {
  osip_header_t *header = NULL;
  osip_message_get_max_forwards(sip, 0, &header);
  return header;
}

static void osip_decode(void *parsed, fields *f) {
  osip_message_t *sip = parsed;
  osip_via_t *via = osip_list_get(&sip->vias, 0);
  osip_route_t *route = osip_list_get(&sip->routes, 0);
  osip_header_t *max_forwards = osip_max_forwards(sip);
  osip_generic_param_t *branch = NULL;
  osip_via_param_get_byname(via, "branch", &branch);
  f->method = sip->status_code == 0 ? sip->sip_method : NULL;
  f->status = sip->status_code;
  f->host = sip->req_uri ? sip->req_uri->host : NULL;
  f->via_host = via->host;
  f->branch = branch ? branch->gvalue : NULL;
  f->from_tag = osip_tag(sip->from);
  f->to_tag = osip_tag((osip_from_t *)sip->to);
  f->call_id[0] = 0;
  strncat(f->call_id, sip->call_id->number, 120);
  if (sip->call_id->host) strncat(strcat(f->call_id, "@"), sip->call_id->host, 120);
  f->sequence = atol(sip->cseq->number);
  f->max_forwards = max_forwards ? atol(max_forwards->hvalue) : -1;
  f->route_host = route ? route->url->host : NULL;
}

static size_t osip_edit(void *parsed, char *out, int branch) {
  osip_message_t *sip = parsed;
  char text[96];
  snprintf(text, sizeof text, "SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1d2c.%d", branch);
  osip_via_t *via;
  osip_via_init(&via);
  osip_via_parse(via, text);
  osip_list_add(&sip->vias, via, 0);
  osip_record_route_t *record_route;
  osip_record_route_init(&record_route);
  osip_record_route_parse(record_route, "<sip:198.51.100.7;lr>");
  osip_list_add(&sip->record_routes, record_route, 0);
  osip_header_t *max_forwards = osip_max_forwards(sip);
  snprintf(text, sizeof text, "%ld", atol(max_forwards->hvalue) - 1);
  osip_free(max_forwards->hvalue);
  max_forwards->hvalue = osip_strdup(text);
  osip_route_t *route = osip_list_get(&sip->routes, 0);
  osip_list_remove(&sip->routes, 0);
  osip_route_free(route);
  osip_message_force_update(sip);
  char *written;
  size_t length;
  check(osip_message_to_str(sip, &written, &length) == 0, "libosip2 could not write");
  memcpy(out, written, length);
  osip_free(written);
  return length;
}

static void osip_destroy(void *parsed) { osip_message_free(parsed); }

/* ---- the work */

static const library LIBRARIES[] = {
    {"sofia-sip", sofia_parse, sofia_decode, sofia_edit, sofia_destroy},
    {"libosip2", osip_parse, osip_decode, osip_edit, osip_destroy},
};

static volatile long kept;

static double time_parse(const library *l, const message *messages, long count) {
  fields f;
  double before = microseconds();
  for (long i = 0; i < count; i++) {
    void *parsed = l->parse(&messages[i % COPIES]);
    l->decode(parsed, &f);
    kept += f.sequence;
    l->destroy(parsed);
  }
  return microseconds() - before;
}

/* Parsing and freeing are not part of it. */
static double time_edit(const library *l, const message *messages, long count) {
  static char out[ROOM];
  void *parsed[COPIES];
  double taken = 0;
  for (long done = 0; done < count; done += COPIES) {
    for (int i = 0; i < COPIES; i++) parsed[i] = l->parse(&messages[i]);
    double before = microseconds();
    for (int i = 0; i < COPIES; i++) kept += l->edit(parsed[i], out, i);
    taken += microseconds() - before;
    for (int i = 0; i < COPIES; i++) l->destroy(parsed[i]);
  }
  return taken;
}

static void print_text(const char *name, const char *value) {
  if (value != NULL) printf("\"%s\":\"%s\",", name, value);
}

static void show_fields(const library *l, const message *m) {
  fields f;
  void *parsed = l->parse(m);
  l->decode(parsed, &f);
  printf("{");
  if (f.method != NULL) print_text("start", f.method);
  else printf("\"start\":%ld,", f.status);
  print_text("host", f.host);
  print_text("viaHost", f.via_host);
  print_text("branch", f.branch);
  print_text("fromTag", f.from_tag);
  print_text("toTag", f.to_tag);
  print_text("callId", f.call_id);
  if (f.max_forwards >= 0) printf("\"maxForwards\":%ld,", f.max_forwards);
  print_text("routeHost", f.route_host);
  printf("\"sequence\":%ld}\n", f.sequence);
  l->destroy(parsed);
}

static void show_edited(const library *l, const message *m, int branch) {
  static char out[ROOM];
  void *parsed = l->parse(m);
  uint32_t length = l->edit(parsed, out, branch);
  fwrite(&length, sizeof length, 1, stdout);
  fwrite(out, 1, length, stdout);
  l->destroy(parsed);
}

static void read_messages(const char *path, message *messages) {
  FILE *file = fopen(path, "rb");
  check(file != NULL, "cannot open the file of messages");
  for (int i = 0; i < COPIES; i++) {
    uint32_t length;
    check(fread(&length, sizeof length, 1, file) == 1 && length < ROOM, "the file of messages is short");
    messages[i].length = length;
    messages[i].bytes = calloc(1, length + 1);
    check(fread(messages[i].bytes, 1, length, file) == length, "the file of messages is short");
  }
  fclose(file);
}

int main(int argc, char **argv) {
  check(argc == 5, "c-peers sofia-sip|libosip2 parse|edit FILE COUNT");
  const library *l = &LIBRARIES[strcmp(argv[1], "sofia-sip") == 0 ? 0 : 1];
  check(strcmp(l->name, argv[1]) == 0, "no such library");
  int edits = strcmp(argv[2], "edit") == 0;
  message messages[COPIES];
  read_messages(argv[3], messages);
  long count = atol(argv[4]);
  parser_init();
  if (count == 0) {
    for (int i = 0; i < COPIES; i++) {
      if (edits) show_edited(l, &messages[i], i);
      else show_fields(l, &messages[i]);
    }
    return 0;
  }
  double (*work)(const library *, const message *, long) = edits ? time_edit : time_parse;
  count = (count + COPIES - 1) / COPIES * COPIES;
  work(l, messages, COPIES * 20);
  printf("%f\n", work(l, messages, count) / count);
  return 0;
}
