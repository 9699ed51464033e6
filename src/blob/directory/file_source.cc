#include "blob/directory/file_source.h"

#include <optional>
#include <system_error>
#include <utility>

#include "blob/directory/file.h"

namespace rawhaul::directory {
namespace {

class FileSource final : public BlobSource {
 public:
  explicit FileSource(std::filesystem::path path) : path_(std::move(path)) {}

  Status CheckReadable(std::stop_token) override { return Open(); }

  Result<std::string> Read(std::stop_token stop) override {
    if (stop.stop_requested()) return Fail(ErrorCode::kCanceled, "stopped while reading a file");
    if (!file_) RAWHAUL_TRY(Open());
    return file_->Read(kMaxPartBytes);
  }

 private:
  // Opening a pipe would wait for whoever writes into it.
  Status Open() {
    std::error_code error;
    const auto status = std::filesystem::status(path_, error);
    if (status.type() != std::filesystem::file_type::regular)
      return Fail(ErrorCode::kNotFound, "there is no such file", "FileNotFound");
    RAWHAUL_ASSIGN(File file, File::Open(path_));
    file_.emplace(std::move(file));
    return {};
  }

  const std::filesystem::path path_;
  std::optional<File> file_;
};

}  // namespace

std::unique_ptr<BlobSource> MakeSource(const std::filesystem::path& file) {
  return std::make_unique<FileSource>(file);
}

}  // namespace rawhaul::directory
