// What the catalog keeps of secrets: hashes.
#pragma once

#include <string>
#include <string_view>

namespace rawhaul {

// SHA-256, "$sha256$<base64url>". REQUIRES a secret that this server drew, of 256 random bits: nobody can try
// out so many, so a slow hash would protect nothing, and would be work that whoever sends wrong secrets has
// done for the asking.
std::string HashSecret(std::string_view secret);

// Whether it is argon2id ("$argon2id$..."), as earlier versions stored. It takes tens of milliseconds and 64
// MiB to verify, one at a time in the process.
bool IsSlowHash(std::string_view hash);

// For either hash, in a time that does not depend on where they differ. May block for a slow one.
bool VerifySecret(std::string_view secret, std::string_view hash);

}  // namespace rawhaul
