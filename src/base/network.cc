#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace rawhaul {

std::string NetworkOf(std::string_view address) {
  constexpr size_t kNetworkBytes = 8;
  std::string text(address);
  in6_addr ipv6;
  if (::inet_pton(AF_INET6, text.c_str(), &ipv6) != 1) return text;
  return {reinterpret_cast<const char*>(ipv6.s6_addr), kNetworkBytes};
}

}  // namespace rawhaul
