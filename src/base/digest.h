// SHA-256 and SHA-1 by OpenSSL, fed piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hearth {

class Digest {
 public:
  enum Kind { kSha256, kSha1 };
  explicit Digest(Kind kind);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  void add(std::string_view bytes);
  std::string hex();  ///< once, at the end: lower-case digits

 private:
  std::unique_ptr<void, void (*)(void*)> context_;
};

}  // namespace hearth
