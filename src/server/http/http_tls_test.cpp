// The same server behind TLS, with a certificate made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "server/http/http_server.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"
#include "support/temporary_folder.h"

namespace hearth {
namespace {

using ::testing::AllOf;
using testing::eventually;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::TestServer;

/// A self-signed certificate and its key as files of a temporary folder.
class Certificate {
 public:
  Certificate() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  /// The same key behind a passphrase, in PKCS #8 or in the older form.
  std::string encrypted_key_file(bool is_traditional) const {
    std::FILE* file = std::fopen(key_file().c_str(), "r");
    EVP_PKEY* key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    const std::string path = folder_.file(is_traditional ? "encrypted-traditional.pem" : "encrypted.pem");
    BIO* out = BIO_new_file(path.c_str(), "w");
    char secret[] = "passphrase";
    if (is_traditional) {
      PEM_write_bio_PrivateKey_traditional(out, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, secret);
    } else {
      PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, secret);
    }
    BIO_free(out);
    EVP_PKEY_free(key);
    return path;
  }
  std::string certificate_file() const { return folder_.file("certificate.pem"); }
  std::string key_file() const { return folder_.file("key.pem"); }

 private:
  testing::TemporaryFolder folder_;
};

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int max_version = TLS1_3_VERSION) : raw_(port) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), raw_.fd());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  bool connected() const { return connected_; }
  void send(std::string_view bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  std::string read_until(std::string_view text) {
    std::string all;
    char buffer[16384];
    while (all.find(text) == std::string::npos) {
      const int n = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (n <= 0) return all + " (closed)";
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }
  void close() { raw_.close(); }

 private:
  RawClient raw_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool connected_ = false;
};

HttpOptions tls_options(const Certificate& certificate) {
  HttpOptions options;
  options.tls_certificate = certificate.certificate_file();
  options.tls_key = certificate.key_file();
  return options;
}

TEST(HttpTls, AnswersRequestsAndStreams) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  EXPECT_THAT(server.server->addresses()[0], HasSubstr("https://127.0.0.1:"));
  TlsClient client(server.port());
  ASSERT_TRUE(client.connected());
  for (int i = 0; i < 2; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.read_until("hello"), HasSubstr("200 OK"));
  }
  const std::string body(1'000'000, 'x');
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\n\r\n" + body + "!");
  EXPECT_THAT(client.read_until("x!"), HasSubstr(body));
  client.send("GET /park HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto exchange = server.parked.take();
  exchange->begin_stream(200, "text/plain");
  exchange->write("piece");
  EXPECT_THAT(client.read_until("piece"), HasSubstr("chunked"));
  std::atomic<int> calls = 0;
  exchange->on_gone([&] { ++calls; });
  client.close();
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
}

TEST(HttpTls, SpeaksNoOldVersions) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  EXPECT_FALSE(TlsClient(server.port(), TLS1_1_VERSION).connected());
  EXPECT_TRUE(TlsClient(server.port(), TLS1_2_VERSION).connected());
}

TEST(HttpTls, DropsWhoDoesNotSpeakIt) {
  const Certificate certificate;
  HttpOptions options = tls_options(certificate);
  options.limits.header_time = std::chrono::milliseconds(100);
  TestServer server(options);
  RawClient plain(server.port());
  plain.request("GET", "/hello");
  EXPECT_NE(plain.response().status, 200);
  const RawClient silent(server.port());
  EXPECT_TRUE(eventually([&] { return server.server->stats().connections == 0; }));
}

TEST(HttpTls, RefusesAKeyOfAnotherCertificate) {
  const Certificate one, other;
  HttpOptions options = tls_options(one);
  options.tls_key = other.key_file();
  options.port = 0;
  options.socket_activation = false;
  HttpServer server(options, Router());
  try {
    server.start();
    FAIL() << "it took the key";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.message(), HasSubstr(other.key_file()));
  }
}

// OpenSSL asks the terminal by itself, which would hang a start and, worse, a reload.
TEST(HttpTls, AsksNobodyForAPassphrase) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  for (const bool is_traditional : {false, true}) {
    HttpOptions options = tls_options(certificate);
    options.tls_key = certificate.encrypted_key_file(is_traditional);
    try {
      server.server->reload(options);
      ADD_FAILURE() << "it took the key";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_THAT(error.message(), AllOf(HasSubstr(options.tls_key), HasSubstr("is an encrypted key")));
      EXPECT_THAT(error.hint(), HasSubstr("openssl pkey -in " + options.tls_key + " -out"));
    }
  }
  EXPECT_TRUE(TlsClient(server.port()).connected()) << "with the old key";
}

TEST(HttpTls, TakesANewCertificateForNewConnections) {
  const Certificate one, other;
  TestServer server(tls_options(one));
  TlsClient before(server.port());
  ASSERT_TRUE(before.connected());
  server.server->reload(tls_options(other));
  TlsClient after(server.port());
  ASSERT_TRUE(after.connected());
  for (TlsClient* client : {&before, &after}) {
    client->send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client->read_until("hello"), HasSubstr("200 OK"));
  }
}

}  // namespace
}  // namespace hearth
