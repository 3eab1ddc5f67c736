// Forwards plain RTP of learned streams at tc's ingress: whose packets, from where, to where stands in `flows`. What is not exactly that
// (another source, another SSRC, RTCP, telephone events, fragments, IP options, no entry) passes on to the relay's socket as it came. RFC 3550 §5.1, RFC 5761 §4.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flow.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 65536);
  __type(key, struct flow_key);
  __type(value, struct flow);
} flows SEC(".maps");

struct rtp {
  __u8 first;
  __u8 second;
  __be16 sequence;
  __be32 timestamp;
  __be32 ssrc;
};

#define HOPS 64
#define UDP4 (ETH_HLEN + sizeof(struct iphdr))
#define UDP6 (ETH_HLEN + sizeof(struct ipv6hdr))

static __always_inline int same_address(const __u32 *a, const __u32 *b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

// The entry of a packet that is to be forwarded; counts it.
static __always_inline struct flow *match(const struct flow_key *key, const __u32 *source, const struct udphdr *udp, const void *end) {
  const struct rtp *rtp = (const void *)(udp + 1);
  if ((const void *)(rtp + 1) > end) return 0;
  const __u32 length = bpf_ntohs(udp->len);
  const __u8 type = rtp->second;
  // Version 2; 192 to 223 in the second byte is RTCP; the list of contributors must be there.
  if (rtp->first >> 6 != 2 || (type >= 192 && type <= 223)) return 0;
  if (length < sizeof *udp + sizeof *rtp + 4 * (rtp->first & 15) || (const void *)udp + length > end) return 0;
  struct flow *flow = bpf_map_lookup_elem(&flows, key);
  if (!flow || flow->source_port != udp->source || flow->ssrc != rtp->ssrc || !same_address(flow->source, source)) return 0;
  if ((type & 127) == flow->event_type) return 0;
  __sync_fetch_and_add(&flow->packets, 1);
  __sync_fetch_and_add(&flow->bytes, length - sizeof *udp);
  flow->last_ns = bpf_ktime_get_ns();
  const __u16 sequence = bpf_ntohs(rtp->sequence);
  if ((__s16)(sequence - (__u16)flow->sequence) > 0) flow->sequence = sequence;
  return flow;
}

// Ports, and the checksum over them and the addresses: `changed` is what the addresses add to it.
static __always_inline void rewrite_udp(struct __sk_buff *skb, const struct flow *flow, __u32 at, __u32 old_ports, __u32 checked, __s64 changed) {
  const __u32 sum = at + __builtin_offsetof(struct udphdr, check);
  const __u32 new_ports = (__u32)flow->from_port | (__u32)flow->to_port << 16;
  if (checked) {
    bpf_l4_csum_replace(skb, sum, 0, changed, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
    bpf_l4_csum_replace(skb, sum, old_ports, new_ports, BPF_F_MARK_MANGLED_0 | 4);
  }
  bpf_skb_store_bytes(skb, at, &new_ports, sizeof new_ports, 0);
}

static __always_inline int forward4(struct __sk_buff *skb, void *data, void *end) {
  struct iphdr *ip = data + ETH_HLEN;
  struct udphdr *udp = (void *)(ip + 1);
  if ((void *)(udp + 1) > end || ip->ihl != 5 || ip->protocol != IPPROTO_UDP || ip->frag_off & bpf_htons(0x3fff)) return TC_ACT_OK;
  if (bpf_ntohs(ip->tot_len) != sizeof *ip + bpf_ntohs(udp->len)) return TC_ACT_OK;
  const struct flow_key key = {{0, 0, bpf_htonl(0xffff), ip->daddr}, udp->dest, 0};
  const __u32 source[4] = {0, 0, bpf_htonl(0xffff), ip->saddr};
  struct flow *flow = match(&key, source, udp, end);
  if (!flow) return TC_ACT_OK;
  const __u32 old_ports = (__u32)udp->source | (__u32)udp->dest << 16;
  const __u32 checked = udp->check;
  __u32 before[2] = {ip->saddr, ip->daddr}, after[2] = {flow->from[3], flow->to[3]};
  const __s64 changed = bpf_csum_diff(before, sizeof before, after, sizeof after, 0);
  // Version with type of service; time to live with protocol.
  __u16 old_head = *(__u16 *)ip, old_hops = *(__u16 *)&ip->ttl;
  const __u16 new_head = bpf_htons(0x4500 | flow->tos), new_hops = bpf_htons(HOPS << 8 | IPPROTO_UDP);
  const __u32 sum = ETH_HLEN + __builtin_offsetof(struct iphdr, check);
  bpf_l3_csum_replace(skb, sum, 0, changed, 0);
  bpf_l3_csum_replace(skb, sum, old_head, new_head, 2);
  bpf_l3_csum_replace(skb, sum, old_hops, new_hops, 2);
  bpf_skb_store_bytes(skb, ETH_HLEN, &new_head, sizeof new_head, 0);
  bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, ttl), &new_hops, sizeof new_hops, 0);
  bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct iphdr, saddr), after, sizeof after, 0);
  rewrite_udp(skb, flow, UDP4, old_ports, checked, changed);
  return bpf_redirect_neigh(flow->interface_index, 0, 0, 0);
}

static __always_inline int forward6(struct __sk_buff *skb, void *data, void *end) {
  struct ipv6hdr *ip = data + ETH_HLEN;
  struct udphdr *udp = (void *)(ip + 1);
  if ((void *)(udp + 1) > end || ip->nexthdr != IPPROTO_UDP || ip->payload_len != udp->len) return TC_ACT_OK;
  struct flow_key key = {.port = udp->dest};
  __builtin_memcpy(key.address, &ip->daddr, sizeof key.address);
  __u32 before[8], after[8];
  __builtin_memcpy(before, &ip->saddr, sizeof before);
  struct flow *flow = match(&key, before, udp, end);
  if (!flow) return TC_ACT_OK;
  const __u32 old_ports = (__u32)udp->source | (__u32)udp->dest << 16;
  __builtin_memcpy(after, flow->from, 16);
  __builtin_memcpy(after + 4, flow->to, 16);
  const __s64 changed = bpf_csum_diff(before, sizeof before, after, sizeof after, 0);
  const __u16 head = bpf_htons(0x6000 | flow->tos << 4);
  const __u8 hops = HOPS;
  bpf_skb_store_bytes(skb, ETH_HLEN, &head, sizeof head, 0);
  bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct ipv6hdr, hop_limit), &hops, sizeof hops, 0);
  bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct ipv6hdr, saddr), after, sizeof after, 0);
  rewrite_udp(skb, flow, UDP6, old_ports, 1, changed);
  return bpf_redirect_neigh(flow->interface_index, 0, 0, 0);
}

SEC("tc")
int relay(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  struct ethhdr *frame = data;
  // The headers must lie in one piece: what does not is the socket's.
  if ((void *)(frame + 1) > end) return TC_ACT_OK;
  if (frame->h_proto == bpf_htons(ETH_P_IP)) return forward4(skb, data, end);
  if (frame->h_proto == bpf_htons(ETH_P_IPV6)) return forward6(skb, data, end);
  return TC_ACT_OK;
}

char terms[] SEC("license") = "Dual MIT/GPL";
