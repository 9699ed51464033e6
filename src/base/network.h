// Whom an address belongs to.
#pragma once

#include <string>
#include <string_view>

namespace rawhaul {

// Names all addresses that one sender has for the asking: an IPv4 address alone, the network (/64) of an IPv6
// address. A text that is no address is its own network. For keys of tables, not for people.
std::string NetworkOf(std::string_view address);

}  // namespace rawhaul
