// One question to the kernel's routing over rtnetlink.
#include "route.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <unistd.h>

#include <cstring>

namespace relay {

namespace {

struct Question {
  nlmsghdr head;
  rtmsg route;
  char attributes[64];
};

void add(Question& question, unsigned short type, const void* bytes, size_t length) {
  auto* attribute = reinterpret_cast<rtattr*>(reinterpret_cast<char*>(&question) + NLMSG_ALIGN(question.head.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = static_cast<unsigned short>(RTA_LENGTH(length));
  memcpy(RTA_DATA(attribute), bytes, length);
  question.head.nlmsg_len = static_cast<uint32_t>(NLMSG_ALIGN(question.head.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
}

uint32_t interfaceIn(char* bytes, size_t length) {
  const auto* head = reinterpret_cast<nlmsghdr*>(bytes);
  if (!NLMSG_OK(head, length) || head->nlmsg_type != RTM_NEWROUTE) return 0;
  auto* route = static_cast<rtmsg*>(NLMSG_DATA(head));
  if (route->rtm_type != RTN_UNICAST) return 0;
  int left = static_cast<int>(head->nlmsg_len - NLMSG_LENGTH(sizeof *route));
  for (auto* attribute = RTM_RTA(route); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != RTA_OIF) continue;
    uint32_t index;
    memcpy(&index, RTA_DATA(attribute), sizeof index);
    return index;
  }
  return 0;
}

}  // namespace

uint32_t interfaceTowards(const Address& from, const Address& to) {
  const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return 0;
  Question question = {};
  question.head.nlmsg_len = NLMSG_LENGTH(sizeof question.route);
  question.head.nlmsg_type = RTM_GETROUTE;
  question.head.nlmsg_flags = NLM_F_REQUEST;
  question.route.rtm_family = static_cast<unsigned char>(to.family());
  question.route.rtm_dst_len = question.route.rtm_src_len = static_cast<unsigned char>(8 * to.hostBytes());
  add(question, RTA_DST, to.host(), to.hostBytes());
  add(question, RTA_SRC, from.host(), from.hostBytes());
  alignas(nlmsghdr) char answer[4096];
  uint32_t index = 0;
  if (::send(netlink, &question, question.head.nlmsg_len, 0) >= 0) {
    const ssize_t length = recv(netlink, answer, sizeof answer, 0);
    if (length > 0) index = interfaceIn(answer, static_cast<size_t>(length));
  }
  ::close(netlink);
  return index;
}

}  // namespace relay
