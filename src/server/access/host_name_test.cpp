#include "server/access/host_name.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth {
namespace {

TEST(HostName, IsTakenFromAnAuthority) {
  EXPECT_EQ(host_of("Host.Docker.INTERNAL:11434"), "host.docker.internal");
  EXPECT_EQ(host_of("box.local."), "box.local");
  EXPECT_EQ(host_of("hearth_1:80"), "hearth_1");
  EXPECT_EQ(host_of("[0:0:0:0:0:0:0:1]:80"), "::1");
}

TEST(HostName, HasNoEmptyLabelsAndNothingBesides) {
  for (const char* text : {"",
                           ".",
                           "..",
                           ".internal",
                           ".local:80",
                           "x..internal",
                           "x.internal..",
                           "a@x.internal",
                           "a:b@x.internal",
                           "x.internal:80@evil.example",
                           "x.internal/",
                           "x.internal\\",
                           "x.internal#",
                           "x%2einternal",
                           "x.internal:80:80",
                           "x.internal:-1",
                           "x.internal ",
                           "x。internal",
                           "ｘ.internal",
                           "*.internal"}) {
    EXPECT_EQ(host_of(text), std::nullopt) << text;
  }
}

TEST(HostName, IsReservedBelowThreeDomainsOnly) {
  for (const char* name : {"a.localhost", "box.local", "host.docker.internal", "a.b.local"}) {
    EXPECT_TRUE(is_reserved_name(name)) << name;
  }
  for (const char* name : {"local", "internal", "evil.local.example.com", "x.internal.evil.com", "x-internal",
                           "notlocal", "x.notlocal", "x.localx", "x.locals", "x.intern", "x.home.arpa", "localhost"}) {
    EXPECT_FALSE(is_reserved_name(name)) << name;
  }
}

}  // namespace
}  // namespace hearth
