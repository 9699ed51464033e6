// Which addresses belong to the public internet.
#pragma once

#include <sys/socket.h>

namespace rawhaul::net {

// False for what leads into this machine, its network or its cloud, and for what nobody has: the blocks of
// IANA's registries of special-purpose addresses (RFC 6890) that are not globally reachable, multicast, and
// Azure's address of the machine's own host. An IPv6 address that stands for an IPv4 one (mapped, NAT64,
// 6to4) is judged by that one. Other families are not public.
bool IsPublicAddress(const sockaddr& address);

}  // namespace rawhaul::net
