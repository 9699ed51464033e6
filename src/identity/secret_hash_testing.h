// A hash as earlier versions stored it.
#pragma once

namespace rawhaul {

inline constexpr char kOldSecret[] = "a_b_c";
inline constexpr char kOldHash[] =
    "$argon2id$v=19$m=65536,t=2,p=1$DKAlolvNwZKl84eg7+3PjA$DsWvDvmCyXbf5Zi2RG3BbfwQzVMVUriDgnXjbUuKJPY";

}  // namespace rawhaul
