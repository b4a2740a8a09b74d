# frozen_string_literal: true

# What an app in Ruby asks of the waiting room. It needs no gem.

require "json"
require "net/http"
require "openssl"

module Vwr
  ROOM = ENV.fetch("VWR_ROOM", "main")
  URL = ENV.fetch("VWR_URL", "http://127.0.0.1:8090") # where `vwr serve` listens
  OF_P256 = ["3059301306072a8648ce3d020106082a8648ce3d030107034200"].pack("H*")

  module_function

  # End a session whose visitor is done. Its id came in the header VWR-Session-Id, or in the token.
  def complete(session)
    where = "/vwr-admin/api/rooms/#{ROOM}/sessions/#{URI.encode_www_form_component(session)}/complete"
    headers = { "Authorization" => "Bearer #{ENV.fetch("VWR_ADMIN_API_KEY")}" }
    answer = Net::HTTP.post(URI(URL + where), "", headers)
    raise "the session was not ended: #{answer.body}" unless answer.is_a?(Net::HTTPSuccess)

    JSON.parse(answer.body)["was_running"]
  end

  # The claims of an access token, or nil for one that is not genuine or has expired.
  def claims(token)
    head, body, signature = token.split(".", 3)
    told = JSON.parse(decoded(head))
    return unless told["alg"] == "ES256" && told["typ"] == "vwr+jwt"

    said = JSON.parse(decoded(body))
    key = public_key(told["kid"])
    is_ours = said["iss"] == "vwr" && said["aud"] == ROOM && said["exp"] > Time.now.to_i
    said if is_ours && key&.verify("SHA256", in_der(decoded(signature)), "#{head}.#{body}")
  rescue ArgumentError, NoMethodError, TypeError, JSON::ParserError, OpenSSL::PKey::PKeyError
    nil # it is no token
  end

  # The public key of this id. Keys are kept for five minutes, as the answer allows.
  def public_key(kid)
    @kept = nil if @kept && Process.clock_gettime(Process::CLOCK_MONOTONIC) - @read_at > 300
    @kept ||= begin
      @read_at = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      JSON.parse(Net::HTTP.get(URI("#{URL}/vwr/#{ROOM}/jwks.json")))["keys"]
    end
    found = @kept.find { |key| key["kid"] == kid } or return
    OpenSSL::PKey.read("#{OF_P256}\x04".b + decoded(found["x"]) + decoded(found["y"]))
  end

  def decoded(part)
    part.tr("-_", "+/").unpack1("m")
  end

  # A signature as OpenSSL reads it: two whole numbers, which a JWT has one after the other.
  def in_der(signature)
    raise ArgumentError unless signature.bytesize == 64

    numbers = [signature[0, 32], signature[32, 32]].map do |number|
      OpenSSL::ASN1::Integer(OpenSSL::BN.new(number, 2))
    end
    OpenSSL::ASN1::Sequence(numbers).to_der
  end
end
