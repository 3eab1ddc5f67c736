// From whom packets are believed and to whom they go: every order in which a phone, its NAT and a thief may speak. RFC 4961 §4.
#include "relay/port-pool.h"
#include "relay/source-lock.h"
#include "relay_check.h"

using relay::Address;
using relay::Learn;
using relay::SourceLock;
using relay::Verdict;

namespace {

const Address PHONE = Address::parse("192.0.2.1", 4000);
const Address REMAPPED = Address::parse("192.0.2.1", 61000);
const Address NAT = Address::parse("198.51.100.9", 30000);
const Address NAT_SAME_PORT = Address::parse("198.51.100.9", 4000);
const Address THIEF = Address::parse("203.0.113.66", 4000);
const Address THIEF_TOO = Address::parse("203.0.113.67", 4000);

SourceLock announced(Learn learn, const Address& signalling = Address(), bool sendable = true) {
  SourceLock lock;
  lock.announce({PHONE, signalling, learn, sendable});
  return lock;
}

void announcedOnly() {
  SourceLock lock = announced(Learn::exact);
  check(lock.target() == PHONE, "before anything is heard the announced address is sent to");
  check(lock.receive(REMAPPED) == Verdict::foreign, "exact: another port is foreign");
  check(lock.receive(PHONE) == Verdict::accept, "exact: the announced address is accepted");
  SourceLock deaf;
  check(deaf.receive(PHONE) == Verdict::foreign && !deaf.target().known(), "before the announcement everybody is foreign");
}

void locks() {
  SourceLock lock = announced(Learn::any);
  check(lock.receive(PHONE) == Verdict::accept, "the announced source is accepted at once");
  for (int count = 0; count < 10; ++count) check(lock.receive(THIEF) == Verdict::foreign, "a stranger has no chance after it");
  lock.receive(PHONE);
  lock.receive(PHONE);
  check(lock.locked() && lock.target() == PHONE, "three packets lock");
  for (int count = 0; count < 10; ++count) check(lock.receive(NAT) == Verdict::foreign, "after the lock others are foreign");
}

void behindNat() {
  SourceLock lock = announced(Learn::host, NAT);
  check(lock.receive(THIEF) == Verdict::foreign, "host: a stranger is foreign from the first packet");
  check(lock.receive(NAT) == Verdict::accept, "host: where the signalling came from is known");
  check(lock.receive(NAT) == Verdict::accept && lock.target() == PHONE, "nothing is sent there before the lock");
  check(lock.receive(NAT) == Verdict::learned && lock.target() == NAT, "the third packet is learned from");
  check(lock.receive(REMAPPED) == Verdict::foreign, "and then its equals are foreign");
  lock.receive(PHONE);
  lock.receive(NAT);
  lock.receive(PHONE);
  check(lock.target() == NAT, "two packets from the announced address change nothing");
  for (int count = 0; count < 10; ++count) lock.receive(NAT);
  check(lock.receive(PHONE) == Verdict::learned && lock.target() == PHONE, "the third takes over, however loud the other is");
  check(lock.receive(NAT) == Verdict::foreign, "for good");
}

void thiefFirst() {
  SourceLock lock = announced(Learn::any, NAT);
  check(lock.receive(THIEF) == Verdict::foreign && lock.receive(THIEF) == Verdict::foreign, "a stranger's first packets go nowhere");
  check(lock.receive(THIEF_TOO) == Verdict::foreign, "a second stranger does not speed the first up");
  check(lock.receive(NAT, 499) == Verdict::accept, "somebody known pushes him aside before the lock");
  check(lock.receive(THIEF, 510) == Verdict::foreign, "and his waiting begins again");
  SourceLock late = announced(Learn::any, NAT);
  for (int at = 0; at < 500; at += 20) check(late.receive(THIEF, at) == Verdict::foreign, "a stranger waits for somebody known");
  check(late.target() != THIEF, "and gets nothing meanwhile");
  for (int at = 500; at < 560; at += 20) late.receive(THIEF, at);
  check(late.target() == THIEF, "alone for half a second and three packets, any stranger is learned");
  check(late.receive(NAT_SAME_PORT) == Verdict::learned, "until somebody known speaks: one packet is enough");
  for (int count = 0; count < 10; ++count) check(late.receive(THIEF) == Verdict::foreign, "and the stranger does not come back");
}

void announcements() {
  SourceLock lock = announced(Learn::host);
  for (int count = 0; count < 3; ++count) lock.receive(REMAPPED);
  lock.announce({PHONE, NAT, Learn::host, true});
  check(lock.target() == REMAPPED, "the same announcement keeps what was learned");
  lock.announce({NAT, Address(), Learn::host, true});
  check(lock.target() == NAT && !lock.locked(), "another one opens the lock");
  check(lock.receive(REMAPPED) == Verdict::foreign, "and the earlier host is foreign");
}

void unsendable() {
  SourceLock lock = announced(Learn::host, Address(), false);
  check(!lock.target().known(), "nothing goes to an address that may not be sent to");
  for (int count = 0; count < 3; ++count) lock.receive(PHONE);
  check(lock.target() == PHONE, "before it has proved itself");
  SourceLock rtcp = announced(Learn::host);
  rtcp.trust(NAT);
  check(rtcp.receive(NAT) == Verdict::accept, "RTCP may come from where RTP was learned");
}

void ports() {
  relay::PortPool pool(10001, 10006, 50);
  check(pool.size() == 2, "only whole even pairs inside the range count");
  check(pool.take(0) == 10002 && pool.take(0) == 10004 && !pool.take(0), "first in, first out, then nothing");
  pool.giveBack(10002, 100);
  check(!pool.take(149) && pool.take(150) == 10002, "a returned port rests");
  check(relay::PortPool(65534, 65535, 0).size() == 1, "the last pair of all can be used");
  check(relay::PortPool(10001, 10001, 0).size() == 0, "half a pair cannot");
}

void addresses() {
  check(Address::parse("2001:db8::1", 5).text() == "2001:db8::1", "IPv6 is read and written");
  check(!Address::parse("phone.example", 5).known(), "names are not addresses");
  check(PHONE != REMAPPED && PHONE.sameHost(REMAPPED), "hosts and ports are told apart");
  check(!Address::parse("::1", 5).sameHost(Address::parse("127.0.0.1", 5)), "families are told apart");
}

SourceLock told(const SourceLock::Announced& announced) {
  SourceLock lock;
  lock.announce(announced);
  return lock;
}

void strict() {
  SourceLock::Announced announced = {PHONE, NAT, Learn::any};
  announced.strict = true;
  SourceLock lock = told(announced);
  for (int count = 0; count < 3; ++count) lock.receive(NAT);
  check(lock.target() == NAT, "strict: learned as ever");
  for (int count = 0; count < 10; ++count) check(lock.receive(PHONE) == Verdict::foreign, "strict: then not even the announced address takes over");
  check(lock.receive(NAT) == Verdict::accept && !lock.movable(), "strict: who was learned is heard");
  announced.handover = true;
  lock.announce(announced);
  check(lock.receive(THIEF, 100000) == Verdict::foreign && !lock.movable(), "strict wins over handover");
  SourceLock strange = told(announced);
  for (int64_t now = 0; !strange.locked(); now += 20) strange.receive(THIEF, now);
  for (int count = 0; count < 3; ++count) strange.receive(PHONE);
  check(strange.target() == PHONE, "strict: a stranger gives way to somebody known all the same");
}

void handover() {
  SourceLock::Announced announced = {PHONE, Address(), Learn::any};
  announced.handover = true;
  SourceLock lock = told(announced);
  for (int64_t now = 0; now < 60; now += 20) lock.receive(PHONE, now);
  check(lock.locked() && lock.movable(), "handover: learned as ever");
  for (int64_t now = 60; now < 1000; now += 20) {
    lock.receive(PHONE, now);
    check(lock.receive(THIEF, now) == Verdict::foreign, "handover: nobody takes over from who speaks");
  }
  check(lock.receive(NAT, 1400) == Verdict::foreign, "handover: nor in the first half second of his silence");
  check(lock.receive(NAT, 1600) == Verdict::learned && lock.target() == NAT, "handover: then the first who comes does");
  check(lock.receive(PHONE, 1620) == Verdict::foreign, "handover: and has it as the other had it");
  check(lock.receive(PHONE, 2200) == Verdict::learned && lock.target() == PHONE, "handover: until he is silent in turn");
  announced.learn = Learn::host;
  SourceLock rtcp = told(announced);
  rtcp.receive(PHONE, 0);
  rtcp.receive(PHONE, 0);
  rtcp.receive(PHONE, 0);
  check(rtcp.receive(THIEF, 5000) == Verdict::foreign, "handover: only whoever may be learned");
  rtcp.trust(NAT);
  check(rtcp.receive(NAT, 5000) == Verdict::learned, "handover: RTCP from where RTP is now");
}

void asymmetric() {
  SourceLock::Announced announced = {PHONE, NAT, Learn::any};
  announced.asymmetric = true;
  SourceLock lock = told(announced);
  check(lock.receive(NAT) == Verdict::accept && lock.receive(NAT) == Verdict::accept, "asymmetric: heard from elsewhere");
  check(lock.receive(NAT) == Verdict::learned && lock.source() == NAT, "asymmetric: and locked to it");
  check(lock.target() == PHONE, "asymmetric: sent to where it was announced");
  check(lock.receive(THIEF) == Verdict::foreign && lock.receive(NAT) == Verdict::accept, "asymmetric: a third one is foreign");
  announced.asymmetric = false;
  lock.announce(announced);
  check(!lock.locked(), "asymmetric no more: learned anew");
  announced.asymmetric = true;
  announced.sendable = false;
  SourceLock hidden = told(announced);
  for (int count = 0; count < 3; ++count) hidden.receive(NAT);
  check(hidden.locked() && !hidden.target().known(), "asymmetric: nothing goes where packets may not go before it has sent some");
  for (int count = 0; count < 3; ++count) hidden.receive(PHONE);
  check(hidden.target() == PHONE, "asymmetric: and then they do");
}

}  // namespace

int main() {
  announcedOnly();
  locks();
  behindNat();
  thiefFirst();
  announcements();
  unsendable();
  ports();
  addresses();
  strict();
  handover();
  asymmetric();
  return failures > 0;
}
