#include "net/public_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>

namespace rawhaul::net {
namespace {

// The address as the resolver would give it.
bool IsPublic(const std::string& text) {
  sockaddr_storage storage{};
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else if (::inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  } else {
    ADD_FAILURE() << text << " is no address";
  }
  return IsPublicAddress(reinterpret_cast<const sockaddr&>(storage));
}

TEST(PublicAddressTest, AddressesOfTheInternetArePublic) {
  for (const char* text :
       {"1.1.1.1", "20.60.1.2", "52.239.142.100", "172.15.255.255", "172.32.0.0", "100.63.255.255",
        "100.128.0.0", "169.253.255.255", "192.167.255.255", "223.255.255.255", "2603:1030::1",
        "2a00:1450:4001:81b::200e", "::ffff:20.60.1.2", "64:ff9b::20.60.1.2", "2002:143c:0102::1"}) {
    EXPECT_TRUE(IsPublic(text)) << text;
  }
}

TEST(PublicAddressTest, AddressesWithinAreNot) {
  for (const char* text : {"127.0.0.1",
                           "127.255.255.255",
                           "10.0.0.1",
                           "10.255.255.255",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.168.0.1",
                           "100.64.0.0",
                           "100.127.255.255",
                           "169.254.169.254",
                           "168.63.129.16",
                           "0.0.0.0",
                           "0.1.2.3",
                           "192.0.0.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "::1",
                           "::",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "fc00::1",
                           "fd00:ec2::254"}) {
    EXPECT_FALSE(IsPublic(text)) << text;
  }
}

TEST(PublicAddressTest, AddressesOfNobodyOrOfManyAreNot) {
  for (const char* text :
       {"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.1",
        "203.0.113.1", "192.88.99.1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1"}) {
    EXPECT_FALSE(IsPublic(text)) << text;
  }
}

TEST(PublicAddressTest, AnIpv4AddressWithinIsNotPublicInAnyClothes) {
  for (const char* text :
       {"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "::127.0.0.1", "::10.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::192.168.1.1", "64:ff9b:1::10.0.0.1",
        "64:ff9b:1::20.60.1.2", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0a00:0001::1",
        "2001:0:1414:1414:0:0:f5ff:fffe"}) {
    EXPECT_FALSE(IsPublic(text)) << text;
  }
}

TEST(PublicAddressTest, OtherFamiliesAreNot) {
  sockaddr address{};
  address.sa_family = AF_UNIX;
  EXPECT_FALSE(IsPublicAddress(address));
}

}  // namespace
}  // namespace rawhaul::net
