#include "identity/keys.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/files.h"
#include "identity/signing_key.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSigningKeyFile = "signing-key.json";  // a JWK
constexpr std::string_view kBoxKeyFile = "box-key";               // base64
constexpr size_t kBoxKeyBytes = 32;
static_assert(kBoxKeyBytes == crypto_secretbox_KEYBYTES);

// Makes `file` with `text` in it, whole or not at all. A file that came into being meanwhile is left as it
// is: link() refuses to replace, where rename() would.
Status Publish(const fs::path& file, std::string_view text) {
  const fs::path temporary = file.string() + ".new-" + RandomToken(6);
  Status status = WriteNewFile(temporary, text);
  if (status && ::link(temporary.c_str(), file.c_str()) != 0 && errno != EEXIST)
    status = SystemError("cannot create", file);
  ::unlink(temporary.c_str());
  return status;
}

Status CreateIfMissing(const fs::path& file, const std::function<Result<Secret>()>& make) {
  std::error_code error;
  if (fs::exists(file, error)) return {};
  RAWHAUL_ASSIGN(const Secret text, make());
  return Publish(file, text.Reveal());
}

Result<Secret> MakeBoxKey() {
  std::string key(kBoxKeyBytes, '\0');
  randombytes_buf(key.data(), key.size());
  Secret text(Base64Encode(key) + "\n");
  sodium_memzero(key.data(), key.size());
  return text;
}

Result<Secret> ReadKey(const fs::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in && errno != ENOENT) return SystemError("cannot read", file);
  if (!in) {
    const fs::path data = file.parent_path().parent_path();
    return Fail(ErrorCode::kNotFound,
                fmt::format("there is no key {}; make the keys with: rawhaul init --data {}", file.string(),
                            data.string()));
  }
  std::ostringstream text;
  text << in.rdbuf();
  if (text.bad()) return SystemError("cannot read", file);
  return Secret(std::move(text).str());
}

Result<Secret> ReadBoxKey(const fs::path& file) {
  RAWHAUL_ASSIGN(const Secret text, ReadKey(file));
  std::string_view digits = text.Reveal();
  if (!digits.empty() && digits.back() == '\n') digits.remove_suffix(1);
  std::optional<std::string> key = Base64Decode(digits);
  if (!key || key->size() != kBoxKeyBytes) {
    return Fail(ErrorCode::kDataLoss, fmt::format("the key {} is damaged: it must be {} bytes in base64",
                                                  file.string(), kBoxKeyBytes));
  }
  return Secret(*std::move(key));
}

Result<Secret> ReadSigningKey(const fs::path& file) {
  RAWHAUL_ASSIGN(Secret key, ReadKey(file));
  const auto usable = SigningKey::Import(key);
  if (!usable) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("the key {} is damaged: {}", file.string(), usable.error().message));
  }
  return key;
}

}  // namespace

Status CreateServerKeys(const fs::path& directory) {
  std::error_code error;
  const fs::path parent = fs::absolute(directory, error).parent_path();
  if (fs::create_directories(parent, error); error) {
    return Fail(ErrorCode::kInternal, fmt::format("cannot create {}: {}", parent.string(), error.message()));
  }
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return SystemError("cannot create", directory);
  if (::chmod(directory.c_str(), 0700) != 0) return SystemError("cannot protect", directory);
  RAWHAUL_TRY(CreateIfMissing(directory / kSigningKeyFile, SigningKey::Generate));
  RAWHAUL_TRY(CreateIfMissing(directory / kBoxKeyFile, MakeBoxKey));
  RAWHAUL_TRY(SyncDirectory(directory));
  return SyncDirectory(parent);
}

Result<ServerKeys> LoadServerKeys(const fs::path& directory) {
  RAWHAUL_ASSIGN(Secret signing_key, ReadSigningKey(directory / kSigningKeyFile));
  RAWHAUL_ASSIGN(Secret box_key, ReadBoxKey(directory / kBoxKeyFile));
  return ServerKeys{std::move(signing_key), std::move(box_key)};
}

}  // namespace rawhaul
