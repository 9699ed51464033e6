#include "net/public_address.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace rawhaul::net {
namespace {

template <typename Number>
struct Block {
  Number network;
  int bits;

  constexpr bool Holds(Number address) const {
    const int rest = static_cast<int>(8 * sizeof(Number)) - bits;
    return address >> rest == network >> rest;
  }
};

constexpr uint32_t Ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array<Block<uint32_t>, 16> kSpecialIpv4{{
    {Ip(0, 0, 0, 0), 8},         // this host
    {Ip(10, 0, 0, 0), 8},        // private
    {Ip(100, 64, 0, 0), 10},     // shared (carrier-grade NAT)
    {Ip(127, 0, 0, 0), 8},       // loopback
    {Ip(168, 63, 129, 16), 32},  // Azure's host, seen from its virtual machines
    {Ip(169, 254, 0, 0), 16},    // link-local: metadata services of clouds
    {Ip(172, 16, 0, 0), 12},     // private
    {Ip(192, 0, 0, 0), 24},      // protocol assignments
    {Ip(192, 0, 2, 0), 24},      // documentation
    {Ip(192, 88, 99, 0), 24},    // 6to4 relays, which are no more
    {Ip(192, 168, 0, 0), 16},    // private
    {Ip(198, 18, 0, 0), 15},     // benchmarks
    {Ip(198, 51, 100, 0), 24},   // documentation
    {Ip(203, 0, 113, 0), 24},    // documentation
    {Ip(224, 0, 0, 0), 4},       // multicast
    {Ip(240, 0, 0, 0), 4},       // reserved, broadcast
}};

// By the upper half of the address, within what is assigned at all.
constexpr Block<uint64_t> kGlobalIpv6{0x2000'0000'0000'0000, 3};
constexpr std::array<Block<uint64_t>, 3> kSpecialIpv6{{
    {0x2001'0000'0000'0000, 23},  // protocol assignments, Teredo
    {0x2001'0db8'0000'0000, 32},  // documentation
    {0x3fff'0000'0000'0000, 20},  // documentation
}};
constexpr Block<uint64_t> k6to4{0x2002'0000'0000'0000, 16};

// The upper 96 bits: a half and the 32 bits behind it.
constexpr uint64_t kNat64High = 0x0064'ff9b'0000'0000;
constexpr uint32_t kNat64Middle = 0;
constexpr uint64_t kMappedHigh = 0;
constexpr uint32_t kMappedMiddle = 0x0000'ffff;

bool IsPublicIpv4(uint32_t address) {
  return std::none_of(kSpecialIpv4.begin(), kSpecialIpv4.end(),
                      [&](const auto& block) { return block.Holds(address); });
}

uint64_t BigEndian(const uint8_t* bytes, int count) {
  uint64_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8 | bytes[i];
  return number;
}

bool IsPublicIpv6(const uint8_t* bytes) {
  const uint64_t high = BigEndian(bytes, 8);
  const auto middle = static_cast<uint32_t>(BigEndian(bytes + 8, 4));
  const auto low = static_cast<uint32_t>(BigEndian(bytes + 12, 4));
  if (high == kMappedHigh && middle == kMappedMiddle) return IsPublicIpv4(low);
  if (high == kNat64High && middle == kNat64Middle) return IsPublicIpv4(low);
  if (k6to4.Holds(high)) return IsPublicIpv4(static_cast<uint32_t>(high >> 16));
  return kGlobalIpv6.Holds(high) && std::none_of(kSpecialIpv6.begin(), kSpecialIpv6.end(),
                                                 [&](const auto& block) { return block.Holds(high); });
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    return IsPublicIpv4(ntohl(ipv4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &address, sizeof(ipv6));
    return IsPublicIpv6(ipv6.sin6_addr.s6_addr);
  }
  return false;
}

}  // namespace rawhaul::net
